// Files that real PyTorch wrote (tests/data/make_frontend_models.py) give the answers that it gave.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class RealFile : public ::testing::TestWithParam<const char*> {};

TEST_P(RealFile, AnswersAsPyTorchDid) {
  const std::string name = GetParam();
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile(name + ".pt")));
  const auto [input, output] = Expected(name);
  for (int i = 0; i < 2; ++i) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor answer, Forward(model, input.clone()));
    EXPECT_TRUE(at::allclose(answer, output, 1e-5, 1e-5)) << answer << output;
  }
}

INSTANTIATE_TEST_SUITE_P(All, RealFile,
                         ::testing::Values("training_mode", "digits_scripted", "digits_traced",
                                           "digits_frozen", "tied", "lstm", "counter",
                                           "writes_constant", "forked", "holds_object",
                                           "quantized"),
                         [](const auto& info) { return std::string(info.param); });

std::vector<std::string> Names(const std::vector<NamedValue>& values) {
  std::vector<std::string> names;
  for (const NamedValue& value : values) names.push_back(value.name);
  return names;
}

TEST(RealFiles, NamedTupleDictAndTupleOutputsKeepTheirNames) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("outputs.pt")));
  const at::Tensor x = torch::tensor({{1.0F, 2.0F}});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto pair, Call(model, {{"x", x}}));
  EXPECT_THAT(Names(pair), ElementsAre("total", "scaled"));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto dict, Call(model, {{"x", x}}, "as_dict"));
  EXPECT_THAT(Names(dict), ElementsAre("low", "high"));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto tuple, Call(model, {{"x", x}}, "as_tuple"));
  EXPECT_THAT(Names(tuple), ElementsAre("output_0", "output_1"));
  EXPECT_TRUE(at::equal(TensorOf(tuple[0]), x * 3));
}

TEST(RealFiles, StateIsNamedInTheNotes) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("counter.pt")));
  EXPECT_THAT(model.executable->notes(),
              Contains(HasSubstr("self.history, self.seen, self.total")));
}

}  // namespace
}  // namespace sconce::testing
