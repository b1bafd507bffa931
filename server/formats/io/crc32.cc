#include "server/formats/io/crc32.h"

#include <libdeflate.h>

namespace sconce {

uint32_t ExtendCrc32(uint32_t before, std::string_view bytes) {
  // libdeflate takes a null pointer for the wish to begin anew.
  return bytes.empty() ? before : libdeflate_crc32(before, bytes.data(), bytes.size());
}

}  // namespace sconce
