#include "client/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Tensor, CountIsTheProductOfTheShape) {
  EXPECT_EQ(*CountElements({}), 1);
  EXPECT_EQ(*CountElements({2, 3}), 6);
  EXPECT_EQ(*CountElements({2, 0}), 0);
}

TEST(Tensor, CountRefusesNegativeAndOverflowingShapes) {
  EXPECT_THAT(CountElements({2, -1}), StatusIs(kInvalid, HasSubstr("[2,-1]")));
  EXPECT_THAT(CountElements({int64_t{1} << 40, int64_t{1} << 40}),
              StatusIs(kInvalid, HasSubstr("63 bits")));
}

TEST(Tensor, CountOfAnEmptyShapeOverflowsNever) {
  EXPECT_EQ(*CountElements({int64_t{1} << 62, int64_t{1} << 62, 0}), 0);
}

TEST(Tensor, CheckAcceptsWhatAgrees) {
  SCONCE_EXPECT_OK(CheckTensor(MakeTensor<double>("x", {2}, {1, 2})));
  SCONCE_EXPECT_OK(CheckTensor(Tensor{"s", "BYTES", {2}, {}, {"a", "b"}}));
  SCONCE_EXPECT_OK(CheckTensor(MakeTensor<double>("x", {0, 3}, {})));
}

TEST(Tensor, CheckNamesWhatDisagrees) {
  EXPECT_THAT(CheckTensor(MakeTensor<float>("x", {3}, {1, 2})),
              StatusIs(kInvalid, "x: FP32[3] has 3 elements of 4 bytes, 8 bytes are there"));
  EXPECT_THAT(CheckTensor(Tensor{"s", "BYTES", {2}, {}, {"a"}}),
              StatusIs(kInvalid, HasSubstr("needs 2 strings, 1")));
  EXPECT_THAT(CheckTensor(Tensor{"x", "FLOAT", {}, {}, {}}),
              StatusIs(kInvalid, HasSubstr("FLOAT")));
  EXPECT_THAT(CheckTensor(MakeTensor<float>("", {1}, {1})), StatusIs(kInvalid, HasSubstr("name")));
}

TEST(Tensor, CheckRefusesBytesThatAreNoWholeElements) {
  Tensor tensor = MakeTensor<float>("x", {1}, {1});
  tensor.bytes += 'x';
  EXPECT_THAT(CheckTensor(tensor), StatusIs(kInvalid, HasSubstr("5 bytes are there")));
}

TEST(Tensor, ValuesComeBackOnlyInTheirOwnType) {
  const auto tensor = MakeTensor<int16_t>("x", {2}, {-1, 2});
  EXPECT_THAT(*ValuesOf<int16_t>(tensor), ElementsAre(-1, 2));
  EXPECT_THAT(ValuesOf<float>(tensor), StatusIs(kInvalid, "x is INT16, not FP32"));
}

}  // namespace
}  // namespace sconce
