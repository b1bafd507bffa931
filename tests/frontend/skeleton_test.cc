#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

absl::StatusOr<LoadedModel> LoadOnto(const std::string& weights, const std::string& skeleton) {
  ModelSource source = CpuSource(weights);
  source.skeleton = skeleton;
  return LoadModel(source);
}

TEST(Skeleton, WeightsReplaceThoseOfTheSkeleton) {
  for (const char* skeleton : {"digits_scripted.pt", "digits_traced.pt"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(
        const LoadedModel model,
        LoadOnto(DataFile("digits_other_state_dict.pt"), DataFile(skeleton)));
    EXPECT_EQ(model.format, "state_dict on torchscript");
    const auto [input, output] = Expected("digits_other");
    SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor answer, Forward(model, input));
    EXPECT_TRUE(at::allclose(answer, output, 1e-5, 1e-5));
  }
}

TEST(Skeleton, ListsEveryKeyThatDoesNotFit) {
  StateDict state = ReadState(DataFile("digits_state_dict.pt"));
  state[0].first = "renamed";
  state[1].second = torch::ones({9});
  state[2].second = torch::ones({4}, torch::kLong);
  EXPECT_THAT(LoadOnto(WriteState(state), DataFile("digits_scripted.pt")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("missing keys (1): conv.weight"),
                             HasSubstr("unexpected keys (1): renamed"),
                             HasSubstr("conv.bias is [9], not [4]"),
                             HasSubstr("norm.weight is int64, not float32"))));
}

TEST(Skeleton, FloatsConvertIntoEachOther) {
  StateDict state = ReadState(DataFile("digits_other_state_dict.pt"));
  for (auto& [key, tensor] : state) {
    if (tensor.is_floating_point()) tensor = tensor.to(torch::kDouble);
  }
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model,
                              LoadOnto(WriteState(state), DataFile("digits_scripted.pt")));
  const auto [input, output] = Expected("digits_other");
  SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor answer, Forward(model, input));
  EXPECT_TRUE(at::allclose(answer, output, 1e-5, 1e-5));
}

TEST(Skeleton, WeightsAloneSayWhatIsMissing) {
  const std::string path = DataFile("digits_state_dict.pt");
  EXPECT_THAT(Load(path),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("weights only"),
                             HasSubstr("sconce load NAME " + path + " --source model.py"))));
}

TEST(Skeleton, AFrozenOneIsNoSkeleton) {
  EXPECT_THAT(LoadOnto(DataFile("digits_state_dict.pt"), DataFile("digits_frozen.pt")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("frozen")));
}

TEST(Skeleton, MayKeepValuesOfItsOwnWhenAskedAndTellsWhich) {
  StateDict state = ReadState(DataFile("digits_state_dict.pt"));
  const std::string first = state[0].first;
  state[0].first = "extra";
  ModelSource source = CpuSource(WriteState(state));
  source.skeleton = DataFile("digits_scripted.pt");
  source.allow_missing = true;
  EXPECT_THAT(LoadModel(source), StatusIs(absl::StatusCode::kFailedPrecondition,
                                          AllOf(HasSubstr("unexpected keys (1): extra"),
                                                Not(HasSubstr("missing keys")))));
  source.allow_unexpected = true;
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, LoadModel(source));
  EXPECT_THAT(model.notes, ElementsAre(HasSubstr(first), HasSubstr("extra")));
  const auto [input, output] = Expected("digits_scripted");
  SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor answer, Forward(model, input));
  EXPECT_TRUE(at::allclose(answer, output, 1e-5, 1e-5));
}

TEST(Skeleton, WeightsOfAnotherModelAreRefusedEvenThen) {
  ModelSource source = CpuSource(WriteState({{"other", torch::ones({1})}}));
  source.skeleton = DataFile("digits_scripted.pt");
  source.allow_missing = source.allow_unexpected = true;
  EXPECT_THAT(LoadModel(source),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no key in common")));
}

TEST(Skeleton, AModelNeedsNone) {
  EXPECT_THAT(LoadOnto(DataFile("digits_scripted.pt"), DataFile("digits_scripted.pt")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("without a skeleton")));
}

}  // namespace
}  // namespace sconce::testing
