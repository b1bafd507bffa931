// StorageBytes: the bytes of one storage, wherever they are: in a file, in memory, or converted on
// the way. Read when they are wanted, so that a file of any size costs no memory until then.

#ifndef SCONCE_SERVER_FORMATS_IO_STORAGE_BYTES_H_
#define SCONCE_SERVER_FORMATS_IO_STORAGE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"

namespace sconce {

// Keeps what it reads from open. Immutable but for what it learns of itself; confined to one thread
// at a time.
class StorageBytes {
 public:
  // Pieces of a stream are at most this large.
  static constexpr size_t kPiece = size_t{1} << 20;
  using Receive = std::function<absl::Status(std::string_view piece)>;

  virtual ~StorageBytes() = default;

  virtual uint64_t size() const = 0;

  // Fills `destination` with size() bytes, straight from where they are. INVALID_ARGUMENT: they are
  // damaged (checksum). OUT_OF_RANGE: the file became shorter.
  virtual absl::Status ReadInto(void* destination) const = 0;

  // The same in order and in pieces; stops at the first error of `receive`. What a checksum covers
  // is only known to be whole when the result is OK.
  virtual absl::Status Stream(const Receive& receive) const = 0;

  // `size` bytes from `offset` on, as they are: no checksum covers a part. Where the bytes can't be
  // reached at once, those before them are read too. OUT_OF_RANGE: they are not all there.
  virtual absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const;

  // CRC-32 (as in zip) of the bytes. Known once they were read, or told by the file; else this
  // reads them.
  virtual absl::StatusOr<uint32_t> Crc32() const = 0;
};

// A range of a file or of memory. `crc32`: what it must be, when the file tells.
std::shared_ptr<const StorageBytes> BytesAt(std::shared_ptr<const ByteSource> source,
                                            uint64_t offset, uint64_t size,
                                            std::optional<uint32_t> crc32 = std::nullopt);

// Owned bytes: small things that had to be put together.
std::shared_ptr<const StorageBytes> OwnedBytes(std::string bytes);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_STORAGE_BYTES_H_
