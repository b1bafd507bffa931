#include "client/cli/tensor_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sconce::cli {
namespace {

using ::testing::HasSubstr;

TEST(TensorText, RowsLineUp) {
  EXPECT_EQ(TensorText(MakeTensor<float>("y", {2, 2}, {1, -2.5f, 10, 0.125f})),
            "y FP32[2,2]\n"
            "[[    1,  -2.5],\n"
            " [   10, 0.125]]\n");
}

TEST(TensorText, ScalarsStringsAndEmptyTensors) {
  EXPECT_EQ(TensorText(MakeTensor<int64_t>("n", {}, {3})), "n INT64[]\n3\n");
  EXPECT_EQ(TensorText(Tensor{"s", "BYTES", {2}, {}, {"a", "bcd"}}),
            "s BYTES[2]\n[\"a\", \"bcd\"]\n");
  EXPECT_EQ(TensorText(MakeTensor<float>("e", {0, 3}, {})), "e FP32[0,3]\n[]\n");
}

TEST(TensorText, LargeTensorsAreShortened) {
  const std::string text =
      TensorText(MakeTensor<int32_t>("x", {2, 1000}, std::vector<int32_t>(2000, 7)));
  EXPECT_EQ(text,
            "x INT32[2,1000]\n"
            "[[7, 7, 7, ..., 7, 7, 7],\n"
            " [7, 7, 7, ..., 7, 7, 7]]\n");
}

TEST(TensorText, ShorteningKeepsTheRightElements) {
  std::vector<int32_t> values(2000);
  for (int i = 0; i < 2000; ++i) values[i] = i;
  EXPECT_THAT(TensorText(MakeTensor<int32_t>("x", {2000}, values)),
              HasSubstr("[   0,    1,    2, ..., 1997, 1998, 1999]"));
}

TEST(TensorText, NotFiniteValuesAreWords) {
  EXPECT_THAT(TensorText(MakeTensor<float>("x", {1}, {-INFINITY})), HasSubstr("[-Infinity]"));
}

}  // namespace
}  // namespace sconce::cli
