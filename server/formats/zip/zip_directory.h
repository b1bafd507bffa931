// Sconce's own reading of a zip file's table of contents. The library that inflates the data, and
// LibTorch after it, each read that table themselves; a file on which two readers could disagree is
// refused here.

#ifndef SCONCE_SERVER_FORMATS_ZIP_ZIP_DIRECTORY_H_
#define SCONCE_SERVER_FORMATS_ZIP_ZIP_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"

namespace sconce {

struct ZipRecord {
  std::string name;
  uint64_t size = 0;  // uncompressed
  uint64_t compressed_size = 0;
  uint64_t header_offset = 0;
  uint64_t data_offset = 0;
  uint32_t crc32 = 0;
  uint16_t flags = 0;
  uint16_t method = 0;  // 0: stored, 8: deflated
};

struct ZipDirectoryLimits {
  uint64_t max_entries = 1 << 20;
  uint64_t max_total_bytes = uint64_t{1} << 40;
};

// Every record of the central directory, in its order, compared with its local header.
// INVALID_ARGUMENT: damaged, hostile or beyond the limits; the message names the entry.
absl::StatusOr<std::vector<ZipRecord>> ReadZipDirectory(const ByteSource& source,
                                                        const ZipDirectoryLimits& limits);

// The rules for a name: relative, '/' between non-empty parts, no "." or "..", no backslash, no
// control characters.
absl::Status CheckEntryName(const std::string& name);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_ZIP_ZIP_DIRECTORY_H_
