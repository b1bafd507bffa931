#include "server/formats/tensors/stored_tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sconce {
namespace {

using ::testing::ElementsAre;

StoredTensor Tensor(std::vector<int64_t> shape, std::vector<int64_t> strides, uint64_t offset,
                    size_t storage_bytes) {
  return {"t",
          FindDtype("float32"),
          std::move(shape),
          std::move(strides),
          offset,
          OwnedBytes(std::string(storage_bytes, '\0'))};
}

TEST(StoredTensor, CountsElementsAndBytes) {
  EXPECT_EQ(Tensor({2, 3}, {3, 1}, 0, 24).elements(), 6u);
  EXPECT_EQ(Tensor({2, 3}, {3, 1}, 0, 24).bytes(), 24u);
  EXPECT_EQ(Tensor({}, {}, 0, 4).elements(), 1u);
  EXPECT_EQ(Tensor({INT64_MAX, 0, INT64_MAX}, {1, 1, 1}, 0, 0).elements(), 0u);
}

TEST(StoredTensor, IsContiguousWhenRowMajorWithoutGaps) {
  EXPECT_TRUE(Tensor({2, 3}, {3, 1}, 0, 24).contiguous());
  EXPECT_FALSE(Tensor({2, 3}, {1, 2}, 0, 24).contiguous());
  EXPECT_FALSE(Tensor({2, 3}, {4, 1}, 0, 32).contiguous());
  EXPECT_FALSE(Tensor({2, 3}, {0, 1}, 0, 12).contiguous());
}

TEST(StoredTensor, DimensionsOfOneMayHaveAnyStride) {
  EXPECT_TRUE(Tensor({1, 3, 1}, {77, 1, 5}, 0, 12).contiguous());
}

TEST(StoredTensor, IsWholeWhenNothingElseIsInItsStorage) {
  EXPECT_TRUE(Tensor({2, 3}, {3, 1}, 0, 24).whole());
  EXPECT_FALSE(Tensor({2, 3}, {3, 1}, 0, 28).whole());
  EXPECT_FALSE(Tensor({2, 3}, {3, 1}, 1, 28).whole());
  EXPECT_FALSE(Tensor({2, 3}, {1, 2}, 0, 24).whole());
}

TEST(ContiguousStrides, AreAsPyTorchHasThem) {
  EXPECT_THAT(ContiguousStrides({2, 3, 4}), ElementsAre(12, 4, 1));
  EXPECT_THAT(ContiguousStrides({2, 0, 4}), ElementsAre(4, 4, 1));
  EXPECT_THAT(ContiguousStrides({}), ElementsAre());
}

}  // namespace
}  // namespace sconce
