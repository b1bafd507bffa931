// Bytes at positions, from memory or from a file: what a reader of a container needs when the
// container may be larger than memory.

#ifndef SCONCE_SERVER_FORMATS_IO_BYTE_SOURCE_H_
#define SCONCE_SERVER_FORMATS_IO_BYTE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace sconce {

// Thread-safe: reads carry their own position.
class ByteSource {
 public:
  // NOT_FOUND, PERMISSION_DENIED, FAILED_PRECONDITION (not a regular file).
  static absl::StatusOr<std::unique_ptr<ByteSource>> OpenFile(const std::string& path);
  // The bytes outlive the source.
  static std::unique_ptr<ByteSource> OverBytes(std::string_view bytes);
  static std::unique_ptr<ByteSource> Owning(std::string bytes);
  // Part of another source, which it keeps open. What reaches past that one is not there.
  static std::unique_ptr<ByteSource> Range(std::shared_ptr<const ByteSource> whole, uint64_t offset,
                                           uint64_t size);
  virtual ~ByteSource() = default;

  // At the time of opening.
  virtual uint64_t size() const = 0;
  // Fills `destination` with exactly `size` bytes. OUT_OF_RANGE: they are not all there.
  virtual absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const = 0;

  // The same as a string. Nothing is allocated for bytes that are not there.
  absl::StatusOr<std::string> ReadString(uint64_t offset, uint64_t size) const;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_BYTE_SOURCE_H_
