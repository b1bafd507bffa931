#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <thread>

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
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string path,
                              SaveAs(model, CheckpointFormat::kTorchScript));
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel again, Load(path));
  const auto [input, output] = Expected("digits_scripted");
  SCONCE_ASSERT_OK_AND_ASSIGN(const at::Tensor answer, Forward(again, input));
  EXPECT_TRUE(at::allclose(answer, output, 1e-5, 1e-5));
}

TEST(Save, StateDictHasPyTorchsKeysInItsOrder) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("digits_scripted.pt")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string path, SaveAs(model, CheckpointFormat::kStateDict));
  const StateDict ours = ReadState(path);
  const StateDict pytorchs = ReadState(DataFile("digits_state_dict.pt"));
  EXPECT_EQ(Keys(ours), Keys(pytorchs));
}

TEST(Save, TiedWeightsStayTied) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("tied.pt")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string path, SaveAs(model, CheckpointFormat::kStateDict));
  const StateDict state = ReadState(path);
  ASSERT_EQ(state.size(), 2);
  EXPECT_TRUE(state[0].second.storage().is_alias_of(state[1].second.storage()));
}

TEST(Save, AFrozenArchiveHasNoWeightsByName) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("digits_frozen.pt")));
  EXPECT_THAT(SaveAs(model, CheckpointFormat::kStateDict),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("frozen")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string path,
                              SaveAs(model, CheckpointFormat::kTorchScript));
  SCONCE_EXPECT_OK(Load(path));
}

TEST(Save, StateIsAsItWasLoadedWhateverWasServed) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("counter.pt")));
  SCONCE_ASSERT_OK(Forward(model, torch::ones({1, 4})));
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string path, SaveAs(model, CheckpointFormat::kStateDict));
  const StateDict state = ReadState(path);
  EXPECT_EQ(state[0].first, "total");
  EXPECT_EQ(state[0].second.item<float>(), 0);
}

TEST(Save, ServingGoesOnMeanwhile) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("digits_scripted.pt")));
  const auto [input, output] = Expected("digits_scripted");
  std::thread saver([&model = model] {
    for (int i = 0; i < 5; ++i) {
      SCONCE_EXPECT_OK(SaveAs(model, CheckpointFormat::kTorchScript));
    }
  });
  for (int i = 0; i < 50; ++i) {
    const auto answer = Forward(model, input);
    EXPECT_TRUE(answer.ok() && at::allclose(*answer, output, 1e-5, 1e-5));
  }
  saver.join();
}

// Fails as a full disk does, after some bytes.
class FullDisk final : public OutputFiles {
 public:
  absl::Status Begin(const std::string&, std::optional<uint64_t>) override { return status_; }
  absl::Status Write(std::string_view bytes) override {
    room_ -= std::min(room_, bytes.size());
    if (room_ == 0) status_ = absl::ResourceExhaustedError("no space left");
    return status_;
  }
  absl::Status Finish() override { return status_; }

 private:
  size_t room_ = 100;
  absl::Status status_;
};

TEST(Save, AFullDiskIsToldApart) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(DataFile("digits_scripted.pt")));
  for (const auto format : {CheckpointFormat::kTorchScript, CheckpointFormat::kStateDict,
                            CheckpointFormat::kSafetensors}) {
    FullDisk disk;
    EXPECT_THAT(model.savable->Save({.format = format}, disk),
                StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("no space left")));
  }
}

TEST(Save, AFileThatIsAnotherNowIsNotSaved) {
  const std::string path = TemporaryPath(".pt");
  WriteBytes(path, ReadBytes(DataFile("digits_scripted.pt")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(path));
  WriteBytes(path, ReadBytes(DataFile("digits_traced.pt")));
  for (const auto format : {CheckpointFormat::kTorchScript, CheckpointFormat::kStateDict}) {
    EXPECT_THAT(SaveAs(model, format), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                HasSubstr("not the file any more")));
  }
  std::filesystem::remove(path);
  EXPECT_THAT(SaveAs(model, CheckpointFormat::kStateDict),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("can't be read any more")));
}

TEST(Save, WeightsOnASkeletonAreSavedAsTheirFileHasThem) {
  ModelSource source = CpuSource(DataFile("digits_other_state_dict.pt"));
  source.skeleton = DataFile("digits_scripted.pt");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, LoadModel(source));
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string path, SaveAs(model, CheckpointFormat::kStateDict));
  const StateDict ours = ReadState(path);
  const StateDict theirs = ReadState(source.path);
  ASSERT_EQ(Keys(ours), Keys(theirs));
  for (size_t i = 0; i < ours.size(); ++i) EXPECT_TRUE(at::equal(ours[i].second, theirs[i].second));
}

}  // namespace
}  // namespace sconce::testing
