#include "client/cli/model_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/client/cli/signatures.h"
#include "tests/client/fake_model_server.h"

namespace sconce::cli {
namespace {

using testing::IrisModel;
using testing::MakeArgument;
using testing::MakeMethod;
using testing::MakeOptional;

TEST(ModelText, BytesHaveUnits) {
  EXPECT_EQ(BytesText(0), "0 B");
  EXPECT_EQ(BytesText(1023), "1023 B");
  EXPECT_EQ(BytesText(1536), "1.5 KiB");
  EXPECT_EQ(BytesText(uint64_t{3} << 30), "3.0 GiB");
}

TEST(ModelText, SignaturesReadLikePython) {
  EXPECT_EQ(SignatureText(IrisModel().methods(0)),
            "forward(x: FP32[-1,4]) -> (output: FP32[-1,3])");
  const auto method = MakeMethod(
      "encode", {MakeArgument("x", "Tensor"), MakeArgument("n", "int"),
                 MakeOptional(MakeArgument("mask", "Optional[Tensor]"), ""),
                 MakeOptional(MakeArgument("k", "int"), "5"), MakeArgument("y", "Tensor", "FP32")});
  EXPECT_EQ(SignatureText(method),
            "encode(x: Tensor, n: int, mask: Optional[Tensor] = None, k: int = 5, y: FP32[...])");
}

TEST(ModelText, StatesAreWords) {
  EXPECT_EQ(StateText(v1::MODEL_STATE_READY), "READY");
  EXPECT_EQ(StateText(static_cast<v1::ModelState>(99)), "UNKNOWN");
}

TEST(ModelText, TimeIsUtcInSeconds) {
  google::protobuf::Timestamp time;
  time.set_seconds(1700000000);
  time.set_nanos(5);
  EXPECT_EQ(TimeText(time), "2023-11-14T22:13:20Z");
}

TEST(ModelText, JsonHasNumbersAsNumbersAndLeavesEmptyTextOut) {
  const auto json = ModelJson(IrisModel());
  EXPECT_EQ(json["version"], 2);
  EXPECT_EQ(json["bytes"], 2048);
  EXPECT_EQ(json["state"], "READY");
  EXPECT_FALSE(json.contains("reason"));
  EXPECT_EQ(json["methods"][0]["inputs"][0]["shape"].dump(), "[-1,4]");
  EXPECT_EQ(json["methods"][0]["outputs"][0]["name"], "output");
}

}  // namespace
}  // namespace sconce::cli
