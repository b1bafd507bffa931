// SliceCursor: reads a received message across the slices in which gRPC holds it, without joining
// them. Every read is checked against what is left.

#ifndef SCONCE_SERVER_RPC_SLICE_CURSOR_H_
#define SCONCE_SERVER_RPC_SLICE_CURSOR_H_

#include <grpcpp/support/slice.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sconce {

// Does not own the slices. After a failed read its position is unspecified. Confined to one thread.
class SliceCursor {
 public:
  explicit SliceCursor(const std::vector<grpc::Slice>& slices);

  size_t position() const { return position_; }
  size_t remaining() const { return size_ - position_; }

  // A varint of at most 32 bits in at most 5 bytes: tags and lengths.
  std::optional<uint32_t> ReadVarint32();
  // Any varint of at most 10 bytes.
  bool SkipVarint();
  bool Skip(size_t size);
  bool Copy(void* to, size_t size);

 private:
  std::optional<uint8_t> ReadByte();
  // Hands the next `size` bytes, run by run, to `consume(data, length)`.
  template <typename Consume>
  bool Advance(size_t size, Consume consume);

  const std::vector<grpc::Slice>& slices_;
  size_t size_ = 0;
  size_t position_ = 0;
  size_t slice_ = 0;     // index of the current slice
  size_t in_slice_ = 0;  // offset within it
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_SLICE_CURSOR_H_
