#include "server/frontend/load_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using torch::jit::Module;

std::vector<std::string> MethodNames(const LoadedModel& model) {
  std::vector<std::string> names;
  for (const Signature& signature : model.executable->signatures()) {
    names.push_back(signature.method);
  }
  return names;
}

TEST(LoadModel, ContentDecidesNotTheSuffix) {
  Module module = NewModule();
  module.define("def forward(self, x):\n  return x + 1\n");
  const std::string path = TemporaryPath(".txt");
  module.save(path);
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(path));
  EXPECT_EQ(model.format, "torchscript");
  EXPECT_EQ(model.executable->device(), "cpu");
}

TEST(LoadModel, KeepsExportedMethodsThroughFreezing) {
  Module module = NewModule();
  module.register_parameter("w", torch::full({1}, 3.0), false);
  module.define("def twice(self, x):\n  return x * self.w * 2\n");
  module.define("def _private(self, x):\n  return x\n");
  module.define("def training_step(self, x):\n  return x\n");
  module.define("def forward(self, x):\n  return x * self.w\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  EXPECT_THAT(MethodNames(model), ElementsAre("forward", "twice"));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto answer, Call(model, {{"x", torch::ones({1})}}, "twice"));
  EXPECT_FLOAT_EQ(TensorOf(answer[0]).item<float>(), 6);
  EXPECT_THAT(Call(model, {{"x", torch::ones({1})}}, "thrice"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("forward, twice")));
}

TEST(LoadModel, AMethodThatTensorsCanNotExpressIsLeftOutWithANote) {
  Module module = NewModule();
  module.define("def forward(self, x):\n  return x\n");
  module.define("def odd(self, d: Device):\n  return 1\n");
  const auto model = Load(module);
  if (!model.ok()) GTEST_SKIP() << model.status();
  EXPECT_THAT(MethodNames(*model), ElementsAre("forward"));
  EXPECT_THAT(model->executable->notes(), Contains(HasSubstr("odd")));
}

TEST(LoadModel, PrintingIsHarmless) {
  Module module = NewModule();
  module.define("def forward(self, x):\n  print('called')\n  return x\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  ::testing::internal::CaptureStdout();
  SCONCE_EXPECT_OK(Forward(model, torch::ones({1})));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "called\n");
}

TEST(LoadModel, OutputsCarryNoGradient) {
  Module module = NewModule();
  module.register_parameter("w", torch::ones({2}).requires_grad_(), false);
  module.define("def forward(self, x):\n  return x * self.w\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor answer, Forward(model, torch::ones({2})));
  EXPECT_FALSE(answer.requires_grad());
}

TEST(LoadModel, ADeclaredNameTakesThePlaceOfTheModels) {
  Module module = NewModule();
  module.define("def forward(self, x):\n  return x + 1\n");
  ModelSource source = CpuSource(Save(module));
  source.declared_inputs = {{"data", Datatype::kFp32, std::vector<int64_t>{-1, 2}}};
  source.declared_outputs = {{"OUTPUT__0", Datatype::kFp32, std::vector<int64_t>{-1, 2}}};
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, LoadModel(source));
  EXPECT_EQ(ToString(model.executable->signatures()[0]),
            "forward(data: FP32[-1,2]) -> (OUTPUT__0: FP32[-1,2])");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto answer, Call(model, {{"data", torch::ones({1, 2})}}));
  EXPECT_EQ(answer[0].name, "OUTPUT__0");
  EXPECT_THAT(Call(model, {{"data", torch::ones({1, 3})}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("data")));
}

TEST(LoadModel, AWarmUpThatFailsIsANote) {
  Module module = NewModule();
  module.register_parameter("w", torch::ones({3, 4}), false);
  module.define(
      "def forward(self, x):\n  y = torch.linear(x, self.w)\n  assert bool(x.sum() > 0)\n"
      "  return y\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  EXPECT_THAT(model.executable->notes(), Contains(HasSubstr("warm-up")));
  SCONCE_EXPECT_OK(Forward(model, torch::ones({2, 4})));
}

}  // namespace
}  // namespace sconce::testing
