#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "server/formats/state_dict.h"
#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> Keys(const StateDict& state) {
  std::vector<std::string> keys;
  for (const auto& [key, tensor] : state) keys.push_back(key);
  return keys;
}

TEST(Save, TorchScriptComesBackWithTheSameAnswers) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("digits_scripted.pt")));
  const std::string path = TemporaryPath(".pt");
  SCONCE_ASSERT_OK(model.savable->Save(CheckpointFormat::kTorchScript, path));
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel again, Load(path));
  const auto [input, output] = Expected("digits_scripted");
  SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor answer, Forward(again, input));
  EXPECT_TRUE(at::allclose(answer, output, 1e-5, 1e-5));
}

TEST(Save, StateDictHasPyTorchsKeysInItsOrder) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("digits_scripted.pt")));
  const std::string path = TemporaryPath(".pt");
  SCONCE_ASSERT_OK(model.savable->Save(CheckpointFormat::kStateDict, path));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StateDict ours, ReadStateDict(ReadBytes(path)));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StateDict pytorchs,
                              ReadStateDict(ReadBytes(DataFile("digits_state_dict.pt"))));
  EXPECT_EQ(Keys(ours), Keys(pytorchs));
}

TEST(Save, TiedWeightsStayTied) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("tied.pt")));
  const std::string path = TemporaryPath(".pt");
  SCONCE_ASSERT_OK(model.savable->Save(CheckpointFormat::kStateDict, path));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StateDict state, ReadStateDict(ReadBytes(path)));
  ASSERT_EQ(state.size(), 2);
  EXPECT_TRUE(state[0].second.storage().is_alias_of(state[1].second.storage()));
}

TEST(Save, AFrozenArchiveHasNoWeightsByName) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("digits_frozen.pt")));
  EXPECT_THAT(model.savable->Save(CheckpointFormat::kStateDict, TemporaryPath(".pt")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("frozen")));
  const std::string path = TemporaryPath(".pt");
  SCONCE_ASSERT_OK(model.savable->Save(CheckpointFormat::kTorchScript, path));
  SCONCE_EXPECT_OK(Load(path));
}

TEST(Save, StateIsAsItWasLoadedWhateverWasServed) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("counter.pt")));
  SCONCE_ASSERT_OK(Forward(model, torch::ones({1, 4})));
  const std::string path = TemporaryPath(".pt");
  SCONCE_ASSERT_OK(model.savable->Save(CheckpointFormat::kStateDict, path));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StateDict state, ReadStateDict(ReadBytes(path)));
  EXPECT_EQ(state[0].first, "total");
  EXPECT_EQ(state[0].second.item<float>(), 0);
}

TEST(Save, ServingGoesOnMeanwhile) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("digits_scripted.pt")));
  const auto [input, output] = Expected("digits_scripted");
  std::thread saver([&model = model] {
    for (int i = 0; i < 5; ++i) {
      SCONCE_EXPECT_OK(model.savable->Save(CheckpointFormat::kTorchScript, TemporaryPath(".pt")));
    }
  });
  for (int i = 0; i < 50; ++i) {
    const auto answer = Forward(model, input);
    EXPECT_TRUE(answer.ok() && at::allclose(*answer, output, 1e-5, 1e-5));
  }
  saver.join();
}

TEST(Save, AFullDiskIsToldApart) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("digits_scripted.pt")));
  EXPECT_THAT(model.savable->Save(CheckpointFormat::kTorchScript, "/dev/full"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("/dev/full")));
}

}  // namespace
}  // namespace sconce::testing
