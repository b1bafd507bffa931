#include "client/cli/input_argument.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/file_bytes.h"
#include "client/npy.h"
#include "tests/testing/status_matchers.h"

namespace sconce::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

absl::StatusOr<Tensor> Read(const std::string& text, const std::string& datatype = "") {
  auto argument = ParseInputArgument(text);
  if (!argument.ok()) return argument.status();
  return ReadInput(*argument, datatype);
}

std::string TempFile(const std::string& name) { return ::testing::TempDir() + "/" + name; }

TEST(InputArgument, SplitsNameDatatypeAndValue) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const InputArgument argument, ParseInputArgument("x:FP16=[1]"));
  EXPECT_EQ(argument.name, "x");
  EXPECT_EQ(argument.datatype, "FP16");
  EXPECT_EQ(argument.value, "[1]");
}

TEST(InputArgument, OnlyADatatypeCountsBehindAColon) {
  EXPECT_EQ(ParseInputArgument("a:b=1")->name, "a:b");
  EXPECT_EQ(ParseInputArgument("a:b:INT8=1")->name, "a:b");
  EXPECT_EQ(ParseInputArgument("x=\"a=b\"")->value, "\"a=b\"");
}

TEST(InputArgument, RefusesWhatHasNoNameOrValue) {
  for (const char* text : {"", "x", "=1", "x="}) {
    EXPECT_THAT(ParseInputArgument(text), StatusIs(kInvalid, HasSubstr("NAME[:DATATYPE]=VALUE")));
  }
}

TEST(InputArgument, OwnDatatypeWinsOverTheSignature) {
  EXPECT_EQ(Read("x=[1]", "FP32")->datatype, "FP32");
  EXPECT_EQ(Read("x:INT8=[1]", "FP32")->datatype, "INT8");
  EXPECT_EQ(Read("x=[1]")->datatype, "INT64");
  EXPECT_EQ(Read("x=zeros[2]", "FP64")->datatype, "FP64");
  EXPECT_EQ(Read("x=zeros[2]")->datatype, "FP32");
}

TEST(InputArgument, ErrorsNameTheInputAndThePlace) {
  EXPECT_THAT(Read("x=[[1],[2,3]]"), StatusIs(kInvalid, HasSubstr("input x: [1]: a list of 2")));
  EXPECT_THAT(Read("x=@/nowhere.json"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("input x: /nowhere.json")));
  EXPECT_THAT(Read("x=hello"), StatusIs(kInvalid, HasSubstr("not JSON")));
}

TEST(InputArgument, ReadsNumpyAndJsonFiles) {
  SCONCE_ASSERT_OK(WriteNpy(MakeTensor<double>("x", {2}, {1, 2}), TempFile("input.npy")));
  SCONCE_ASSERT_OK(WriteFileBytes(TempFile("input.json"), "[[3]]\n"));
  EXPECT_EQ(Read("x=" + TempFile("input.npy"))->datatype, "FP64");
  EXPECT_EQ(Read("x=@" + TempFile("input.npy"))->datatype, "FP64");
  EXPECT_THAT(Read("x=@" + TempFile("input.json"), "FP32")->shape, ElementsAre(1, 1));
}

TEST(InputArgument, NeverCastsAnArraySilently) {
  SCONCE_ASSERT_OK(WriteNpy(MakeTensor<double>("x", {2}, {1, 2}), TempFile("double.npy")));
  EXPECT_THAT(Read("x:FP32=" + TempFile("double.npy")),
              StatusIs(kInvalid, HasSubstr("the array is FP64, not FP32")));
}

}  // namespace
}  // namespace sconce::cli
