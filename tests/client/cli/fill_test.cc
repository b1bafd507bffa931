#include "client/cli/fill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace sconce::cli {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Lt;
using testing::StatusIs;

TEST(ParseFill, TakesTheThreeWords) {
  EXPECT_EQ(ParseFill("zeros[1,4]")->kind, FillKind::kZeros);
  EXPECT_THAT(ParseFill("zeros[1,4]")->shape, ElementsAre(1, 4));
  EXPECT_THAT(ParseFill("ones[]")->shape, ElementsAre());
  EXPECT_EQ(ParseFill("random[2]")->kind, FillKind::kRandom);
}

TEST(ParseFill, RefusesEverythingElse) {
  for (const char* text : {"", "zeros", "zeros[-1]", "zeros[1.5]", "zeros[\"a\"]", "zeros[1,",
                           "zeros.npy", "twos[1]", "zeros[99999999999]", "zeros{}"}) {
    EXPECT_FALSE(ParseFill(text)) << text;
  }
}

TEST(Fill, MakesEveryDatatype) {
  for (const char* datatype : {"BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16",
                               "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES"}) {
    for (const FillKind kind : {FillKind::kZeros, FillKind::kOnes, FillKind::kRandom}) {
      SCONCE_ASSERT_OK_AND_ASSIGN(Tensor tensor, Fill(kind, datatype, {2, 3}));
      tensor.name = std::string("x");
      SCONCE_EXPECT_OK(CheckTensor(tensor));
    }
  }
  EXPECT_THAT(*ValuesOf<float>(*Fill(FillKind::kOnes, "FP32", {2})), ElementsAre(1, 1));
  EXPECT_THAT(*ValuesOf<float>(*Fill(FillKind::kRandom, "FP32", {50})), Each(AllOf(Ge(0), Lt(1))));
}

TEST(Fill, RefusesWhatNoMessageCarries) {
  EXPECT_THAT(Fill(FillKind::kZeros, "FP32", {1 << 30}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than a message")));
  EXPECT_THAT(Fill(FillKind::kZeros, "BYTES", {1 << 30}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than a message")));
}

}  // namespace
}  // namespace sconce::cli
