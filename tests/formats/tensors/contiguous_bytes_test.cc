#include "server/formats/tensors/contiguous_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::ElementBytes;

std::string Counting(size_t elements, size_t element_size) {
  std::string bytes(elements * element_size, '\0');
  for (size_t i = 0; i < elements; ++i) {
    const uint64_t number = i;
    std::memcpy(bytes.data() + i * element_size, &number, std::min(element_size, sizeof number));
  }
  return bytes;
}

// Tells how much was asked for, and how often.
class Watched final : public StorageBytes {
 public:
  explicit Watched(std::string bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  absl::Status ReadInto(void*) const override { return absl::InternalError("read as a whole"); }
  absl::Status Stream(const Receive&) const override { return absl::InternalError("streamed"); }
  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    if (offset + size > bytes_.size()) return absl::OutOfRangeError("outside");
    std::memcpy(destination, bytes_.data() + offset, size);
    largest_ = std::max(largest_, size);
    read_ += size;
    ++reads_;
    return absl::OkStatus();
  }
  absl::StatusOr<uint32_t> Crc32() const override { return absl::InternalError("summed up"); }

  uint64_t largest() const { return largest_; }
  uint64_t read() const { return read_; }
  uint64_t reads() const { return reads_; }

 private:
  const std::string bytes_;
  mutable uint64_t largest_ = 0, read_ = 0, reads_ = 0;
};

StoredTensor View(std::shared_ptr<const StorageBytes> storage, std::vector<int64_t> shape,
                  std::vector<int64_t> strides, uint64_t offset = 0,
                  const char* dtype = "float32") {
  StoredTensor tensor;
  tensor.dtype = FindDtype(dtype);
  tensor.shape = std::move(shape);
  tensor.strides = std::move(strides);
  tensor.offset = offset;
  tensor.storage = std::move(storage);
  return tensor;
}

std::string BytesOf(const StoredTensor& tensor) {
  std::string bytes(tensor.storage->size(), '\0');
  SCONCE_EXPECT_OK(tensor.storage->ReadInto(bytes.data()));
  return bytes;
}

void ExpectSameElements(const StoredTensor& view) {
  const StoredTensor made = MakeContiguous(view);
  EXPECT_TRUE(made.whole());
  EXPECT_EQ(made.shape, view.shape);
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string wanted, ElementBytes(view));
  EXPECT_TRUE(BytesOf(made) == wanted);
}

TEST(MakeContiguous, WhatIsWholeStaysItself) {
  const StoredTensor whole = View(OwnedBytes(Counting(6, 4)), {2, 3}, {3, 1});
  EXPECT_EQ(MakeContiguous(whole).storage, whole.storage);
}

TEST(MakeContiguous, EveryLayoutGivesItsElementsInOrder) {
  for (const char* dtype : {"uint8", "float16", "float32", "float64", "complex128"}) {
    const auto storage = OwnedBytes(Counting(120, FindDtype(dtype)->size));
    ExpectSameElements(View(storage, {10}, {1}, 7, dtype));                     // a slice
    ExpectSameElements(View(storage, {10}, {3}, 2, dtype));                     // with steps
    ExpectSameElements(View(storage, {6, 20}, {1, 6}, 0, dtype));               // transposed
    ExpectSameElements(View(storage, {2, 3, 4, 5}, {60, 1, 15, 3}, 0, dtype));  // channels last
    ExpectSameElements(View(storage, {4, 5}, {0, 1}, 3, dtype));                // expanded
    ExpectSameElements(View(storage, {4, 5}, {1, 1}, 0, dtype));                // overlapping
    ExpectSameElements(View(storage, {3, 1, 4}, {1, 99, 3}, 0, dtype));         // never stepped
    ExpectSameElements(View(storage, {0, 4}, {9, 9}, 0, dtype));                // empty
    ExpectSameElements(View(storage, {}, {}, 5, dtype));                        // a number
  }
}

TEST(MakeContiguous, ALargeMatrixIsTurnedInPieces) {
  constexpr int64_t kRows = 4096, kColumns = 3000;  // 48 MB
  const auto storage = std::make_shared<Watched>(Counting(kRows * kColumns, 4));
  const StoredTensor made = MakeContiguous(View(storage, {kRows, kColumns}, {1, kRows}));
  uint32_t wanted_row = 0, wanted_column = 0;
  SCONCE_ASSERT_OK(made.storage->Stream([&](std::string_view piece) -> absl::Status {
    EXPECT_LE(piece.size(), StorageBytes::kPiece);
    for (size_t i = 0; i < piece.size(); i += 4) {
      uint32_t got = 0;
      std::memcpy(&got, piece.data() + i, 4);
      if (got != wanted_column * kRows + wanted_row) return absl::InternalError("wrong element");
      if (++wanted_column == kColumns) wanted_column = 0, ++wanted_row;
    }
    return absl::OkStatus();
  }));
  EXPECT_EQ(wanted_row, kRows);
  EXPECT_LE(storage->largest(), uint64_t{8} << 20);
  EXPECT_LE(storage->read(), 2 * storage->size());
}

TEST(MakeContiguous, OfASparseColumnLittleElseIsRead) {
  constexpr int64_t kRows = 200, kColumns = 50'000;
  const auto storage = std::make_shared<Watched>(Counting(kRows * kColumns, 4));
  const StoredTensor made = MakeContiguous(View(storage, {kRows}, {kColumns}, 17));
  EXPECT_EQ(BytesOf(made).size(), kRows * 4u);
  EXPECT_EQ(storage->read(), kRows * 4u);
}

}  // namespace
}  // namespace sconce
