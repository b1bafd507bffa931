// Where a zip file's central directory lies, from the records at the end of the file.

#ifndef SCONCE_SERVER_FORMATS_ZIP_ZIP_END_H_
#define SCONCE_SERVER_FORMATS_ZIP_ZIP_END_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"

namespace sconce {

struct ZipEnd {
  uint64_t entries = 0;
  uint64_t directory_offset = 0;
  uint64_t directory_size = 0;
};

// Finds the end record, and the ZIP64 one where there is one. Refuses files with several readings:
// an end record that does not close the file, two records that disagree, anything between the
// directory and its end record.
absl::StatusOr<ZipEnd> FindZipEnd(const ByteSource& source);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_ZIP_ZIP_END_H_
