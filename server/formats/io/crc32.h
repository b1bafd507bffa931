// CRC-32 as zip files have it, at the speed of memory.

#ifndef SCONCE_SERVER_FORMATS_IO_CRC32_H_
#define SCONCE_SERVER_FORMATS_IO_CRC32_H_

#include <cstdint>
#include <string_view>

namespace sconce {

// Of what had the checksum `before` (0: nothing) followed by `bytes`.
uint32_t ExtendCrc32(uint32_t before, std::string_view bytes);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_CRC32_H_
