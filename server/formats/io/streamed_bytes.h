// StorageBytes that are made while they are read: everything follows from how they stream.

#ifndef SCONCE_SERVER_FORMATS_IO_STREAMED_BYTES_H_
#define SCONCE_SERVER_FORMATS_IO_STREAMED_BYTES_H_

#include <cstdint>
#include <optional>

#include "server/formats/io/storage_bytes.h"

namespace sconce {

// A subclass says size() and Stream().
class StreamedBytes : public StorageBytes {
 public:
  absl::Status ReadInto(void* destination) const final;
  absl::StatusOr<uint32_t> Crc32() const final;

 private:
  mutable std::optional<uint32_t> crc32_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_STREAMED_BYTES_H_
