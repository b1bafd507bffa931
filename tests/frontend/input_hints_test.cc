// What a graph tells of its inputs is told to callers; only what is certain refuses a request.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using torch::jit::Module;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

Module LinearModel() {
  Module module = NewModule();
  module.register_parameter("w", torch::ones({3, 4}), false);
  module.define("def forward(self, x):\n  return torch.linear(x, self.w)\n");
  return module;
}

TEST(InputHints, LinearTellsDatatypeAndFeatures) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(LinearModel()));
  EXPECT_EQ(ToString(model.executable->signatures()[0]),
            "forward(x: FP32[-1,4]) -> (output: FP32[-1,3])");
}

TEST(InputHints, LinearTakesAnyNumberOfDimensions) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(LinearModel()));
  SCONCE_EXPECT_OK(Forward(model, torch::ones({4})));
  SCONCE_EXPECT_OK(Forward(model, torch::ones({5, 4})));
  SCONCE_EXPECT_OK(Forward(model, torch::ones({2, 5, 4})));
}

TEST(InputHints, WhatCanNotFitIsTheCallersFault) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(LinearModel()));
  EXPECT_THAT(Forward(model, torch::ones({2, 5})),
              StatusIs(kInvalid, AllOf(HasSubstr("[2,5]"), HasSubstr("FP32[-1,4]"))));
  EXPECT_THAT(Forward(model, torch::ones({2, 4}, torch::kLong)),
              StatusIs(kInvalid, HasSubstr("FP32")));
}

TEST(InputHints, ConvolutionTakesASingleExampleToo) {
  Module module = NewModule();
  module.register_parameter("w", torch::ones({6, 2, 3, 3}), false);
  module.define("def forward(self, x):\n  return torch.conv2d(torch.relu(x), self.w, groups=2)\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  EXPECT_THAT(ToString(model.executable->signatures()[0]), HasSubstr("x: FP32[-1,4,-1,-1]"));
  SCONCE_EXPECT_OK(Forward(model, torch::ones({2, 4, 5, 5})));
  SCONCE_EXPECT_OK(Forward(model, torch::ones({4, 5, 5})));
  EXPECT_THAT(Forward(model, torch::ones({2, 3, 5, 5})), StatusIs(kInvalid, HasSubstr("")));
}

TEST(InputHints, AConversionHidesTheDatatype) {
  Module module = LinearModel();
  module.define("def bytes(self, x):\n  return torch.linear(x.float() / 255, self.w)\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  SCONCE_EXPECT_OK(Call(model, {{"x", torch::ones({2, 4}, torch::kByte)}}, "bytes"));
}

TEST(InputHints, AUseInABranchProvesNothing) {
  Module module = NewModule();
  module.register_parameter("w", torch::ones({3, 4}), false);
  module.define(
      "def forward(self, x):\n  if x.size(-1) == 4:\n    y = torch.linear(x, self.w)\n  else:\n"
      "    y = x\n  return y\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  SCONCE_EXPECT_OK(Forward(model, torch::ones({2, 9}, torch::kLong)));
}

TEST(InputHints, EmbeddingTakesBothKindsOfIntegers) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("tied.pt")));
  EXPECT_THAT(ToString(model.executable->signatures()[0]), HasSubstr("tokens: INT64[...]"));
  SCONCE_EXPECT_OK(Forward(model, torch::ones({2, 3}, torch::kLong)));
  SCONCE_EXPECT_OK(Forward(model, torch::ones({3}, torch::kInt)));
}

}  // namespace
}  // namespace sconce::testing
