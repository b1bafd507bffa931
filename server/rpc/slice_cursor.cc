#include "server/rpc/slice_cursor.h"

#include <algorithm>
#include <cstring>

namespace sconce {

SliceCursor::SliceCursor(const std::vector<grpc::Slice>& slices) : slices_(slices) {
  for (const grpc::Slice& slice : slices) size_ += slice.size();
}

template <typename Consume>
bool SliceCursor::Advance(size_t size, Consume consume) {
  if (size > remaining()) return false;
  while (size > 0) {
    const grpc::Slice& slice = slices_[slice_];
    const size_t run = std::min(size, slice.size() - in_slice_);
    consume(slice.begin() + in_slice_, run);
    size -= run;
    position_ += run;
    in_slice_ += run;
    if (in_slice_ == slice.size()) {
      ++slice_;
      in_slice_ = 0;
    }
  }
  return true;
}

bool SliceCursor::Skip(size_t size) {
  return Advance(size, [](const uint8_t*, size_t) {});
}

bool SliceCursor::Copy(void* to, size_t size) {
  auto* out = static_cast<uint8_t*>(to);
  return Advance(size, [&out](const uint8_t* data, size_t length) {
    std::memcpy(out, data, length);
    out += length;
  });
}

std::optional<uint8_t> SliceCursor::ReadByte() {
  uint8_t byte = 0;
  if (!Copy(&byte, 1)) return std::nullopt;
  return byte;
}

std::optional<uint32_t> SliceCursor::ReadVarint32() {
  uint32_t value = 0;
  for (int shift = 0; shift < 35; shift += 7) {
    const std::optional<uint8_t> byte = ReadByte();
    if (!byte || (shift == 28 && *byte > 0x0F)) return std::nullopt;
    value |= static_cast<uint32_t>(*byte & 0x7F) << shift;
    if (*byte < 0x80) return value;
  }
  return std::nullopt;
}

bool SliceCursor::SkipVarint() {
  for (int i = 0; i < 10; ++i) {
    const std::optional<uint8_t> byte = ReadByte();
    if (!byte) return false;
    if (*byte < 0x80) return true;
  }
  return false;
}

}  // namespace sconce
