#include "server/formats/tensors/contiguous_bytes.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "server/base/status_macros.h"
#include "server/formats/io/streamed_bytes.h"

namespace sconce {
namespace {

class Slice final : public StreamedBytes {
 public:
  Slice(std::shared_ptr<const StorageBytes> storage, uint64_t offset, uint64_t size)
      : storage_(std::move(storage)), offset_(offset), size_(size) {}

  uint64_t size() const override { return size_; }

  absl::Status Stream(const Receive& receive) const override {
    std::string piece(static_cast<size_t>(std::min<uint64_t>(size_, kPiece)), '\0');
    for (uint64_t done = 0; done < size_;) {
      const auto step = static_cast<size_t>(std::min<uint64_t>(size_ - done, piece.size()));
      SCONCE_RETURN_IF_ERROR(storage_->ReadAt(offset_ + done, piece.data(), step));
      SCONCE_RETURN_IF_ERROR(receive({piece.data(), step}));
      done += step;
    }
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<const StorageBytes> storage_;
  const uint64_t offset_;
  const uint64_t size_;
};

// A dimension of the part that is gathered: so many steps, each so far in the storage and so far in
// the result, in elements.
struct Dimension {
  uint64_t size, from, to;
};

// Copies elements out of `from` to where they belong.
void Scatter(const std::vector<Dimension>& dimensions, size_t at, uint64_t element,
             const char* from, char* to) {
  if (at == dimensions.size()) {
    std::memcpy(to, from, element);
    return;
  }
  const Dimension& dimension = dimensions[at];
  if (at + 1 == dimensions.size() && element == 4) {  // most weights
    for (uint64_t i = 0; i < dimension.size; ++i) {
      std::memcpy(to + i * dimension.to * 4, from + i * dimension.from * 4, 4);
    }
    return;
  }
  for (uint64_t i = 0; i < dimension.size; ++i) {
    Scatter(dimensions, at + 1, element, from + i * dimension.from * element,
            to + i * dimension.to * element);
  }
}

// Elements from the first to the last one.
uint64_t SpanOf(const std::vector<Dimension>& dimensions, size_t first) {
  uint64_t span = 1;
  for (size_t i = first; i < dimensions.size(); ++i) {
    span += (dimensions[i].size - 1) * dimensions[i].from;
  }
  return span;
}

uint64_t CountOf(const std::vector<Dimension>& dimensions, size_t first) {
  uint64_t count = 1;
  for (size_t i = first; i < dimensions.size(); ++i) count *= dimensions[i].size;
  return count;
}

class Gathered final : public StreamedBytes {
 public:
  explicit Gathered(StoredTensor tensor) : tensor_(std::move(tensor)) {}

  uint64_t size() const override { return tensor_.bytes(); }

  absl::Status Stream(const Receive& receive) const override {
    if (tensor_.elements() == 0) return absl::OkStatus();
    std::string block;
    return StreamFrom(0, tensor_.offset, block, receive);
  }

 private:
  // Of the result, at once; and of the storage, to fill it.
  static constexpr uint64_t kBlock = uint64_t{16} << 20;
  static constexpr uint64_t kSpan = uint64_t{8} << 20;
  // Gaps up to this are read over rather than read around.
  static constexpr uint64_t kGap = uint64_t{64} << 10;
  static constexpr uint64_t kSparse = 16;

  uint64_t element() const { return tensor_.dtype->size; }

  // The part of the tensor at a fixed place in the dimensions before `dimension`.
  absl::Status StreamFrom(size_t dimension, uint64_t offset, std::string& block,
                          const Receive& receive) const {
    const std::vector<int64_t>& shape = tensor_.shape;
    uint64_t inner = element();  // bytes of one step along it
    for (size_t i = dimension + 1; i < shape.size(); ++i) inner *= static_cast<uint64_t>(shape[i]);
    const uint64_t steps = dimension < shape.size() ? static_cast<uint64_t>(shape[dimension]) : 1;
    const uint64_t stride =
        dimension < shape.size() ? static_cast<uint64_t>(tensor_.strides[dimension]) : 0;
    if (inner > kBlock) {
      for (uint64_t i = 0; i < steps; ++i) {
        SCONCE_RETURN_IF_ERROR(StreamFrom(dimension + 1, offset + i * stride, block, receive));
      }
      return absl::OkStatus();
    }
    for (uint64_t done = 0; done < steps;) {
      const uint64_t count = std::min(steps - done, std::max<uint64_t>(kBlock / inner, 1));
      block.resize(static_cast<size_t>(count * inner));
      SCONCE_RETURN_IF_ERROR(
          Fill(BlockOf(dimension, count), 0, offset + done * stride, block.data()));
      SCONCE_RETURN_IF_ERROR(Send(block, receive));
      done += count;
    }
    return absl::OkStatus();
  }

  // `count` steps along `dimension` and all of those behind it, the farthest apart first.
  std::vector<Dimension> BlockOf(size_t dimension, uint64_t count) const {
    std::vector<Dimension> block;
    uint64_t to = 1;
    for (size_t i = tensor_.shape.size(); i-- > dimension;) {
      const uint64_t size = i == dimension ? count : static_cast<uint64_t>(tensor_.shape[i]);
      if (size > 1) block.push_back({size, static_cast<uint64_t>(tensor_.strides[i]), to});
      to *= size;
    }
    std::stable_sort(block.begin(), block.end(),
                     [](const Dimension& a, const Dimension& b) { return a.from > b.from; });
    return block;
  }

  absl::Status Fill(const std::vector<Dimension>& block, size_t first, uint64_t offset,
                    char* to) const {
    const uint64_t span = SpanOf(block, first) * element();
    const bool dense = span / kSparse <= CountOf(block, first) * element();
    if (span <= kGap || (span <= kSpan && dense)) return ReadSpan(block, first, offset, span, to);
    const Dimension& outer = block[first];
    // A long row with small steps is read in parts.
    const uint64_t steps =
        first + 1 < block.size()
            ? 1
            : std::clamp<uint64_t>(kGap / (outer.from * element()), 1, outer.size);
    std::vector<Dimension> part(block.begin() + static_cast<std::ptrdiff_t>(first), block.end());
    for (uint64_t i = 0; i < outer.size; i += steps) {
      part[0].size = std::min(steps, outer.size - i);
      SCONCE_RETURN_IF_ERROR(
          Fill(part, steps == 1 ? 1 : 0, offset + i * outer.from, to + i * outer.to * element()));
    }
    return absl::OkStatus();
  }

  absl::Status ReadSpan(const std::vector<Dimension>& block, size_t first, uint64_t offset,
                        uint64_t span, char* to) const {
    std::string& read = read_;
    read.resize(static_cast<size_t>(span));
    SCONCE_RETURN_IF_ERROR(tensor_.storage->ReadAt(offset * element(), read.data(), span));
    Scatter(block, first, element(), read.data(), to);
    return absl::OkStatus();
  }

  static absl::Status Send(std::string_view block, const Receive& receive) {
    while (!block.empty()) {
      SCONCE_RETURN_IF_ERROR(receive(block.substr(0, kPiece)));
      block.remove_prefix(std::min<size_t>(kPiece, block.size()));
    }
    return absl::OkStatus();
  }

  const StoredTensor tensor_;
  mutable std::string read_;
};

}  // namespace

StoredTensor MakeContiguous(StoredTensor tensor) {
  if (tensor.whole()) return tensor;
  StoredTensor made = tensor;
  if (tensor.contiguous()) {
    made.storage =
        std::make_shared<Slice>(tensor.storage, tensor.offset * tensor.dtype->size, tensor.bytes());
  } else {
    made.storage = std::make_shared<Gathered>(std::move(tensor));
  }
  made.offset = 0;
  made.strides = ContiguousStrides(made.shape);
  return made;
}

}  // namespace sconce
