#include "server/formats/weights/weights_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/weights_builder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using testing::DictOf;
using ::testing::ElementsAre;
using testing::Global;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Module;
using testing::NamedTexts;
using testing::Number;
using testing::Pickle;
using testing::StatusIs;
using testing::Tensor;
using testing::Text;

std::string Weights() { return DictOf({{"w", Tensor({})}}); }

PickleDocument Read(const std::string& value) {
  auto document = ReadPickle(Pickle(value));
  EXPECT_THAT(document, testing::IsOk());
  return *std::move(document);
}

std::vector<std::string> KeysIn(const std::string& value) {
  const PickleDocument document = Read(value);
  std::vector<std::string> keys;
  for (const WeightsCandidate& candidate : FindWeights(document.root())) {
    keys.push_back(candidate.key);
  }
  return keys;
}

absl::StatusOr<std::string> Chosen(const NamedTexts& entries, const std::string& key = "") {
  const PickleDocument document = Read(DictOf(entries));
  auto choice = ChooseWeights(document.root(), key);
  if (!choice.ok()) return choice.status();
  return choice->key;
}

TEST(WeightsChoice, AStateDictIsItself) {
  EXPECT_THAT(KeysIn(Weights()), ElementsAre(""));
  EXPECT_THAT(KeysIn(Module({.parameters = {{"weight", Tensor({})}}})), ElementsAre(""));
}

TEST(WeightsChoice, ExtraStateOfModulesMayBeAnything) {
  EXPECT_THAT(KeysIn(DictOf({{"w", Tensor({})}, {"fc._extra_state", Number(1)}})), ElementsAre(""));
}

TEST(WeightsChoice, TheOnlyWeightsAreChosenWhateverTheirName) {
  for (const char* name : {"model_state_dict", "state_dict", "net", "foo", "a.b"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string key,
                                Chosen({{"epoch", Number(1)}, {name, Weights()}}));
    EXPECT_EQ(key, name);
  }
}

TEST(WeightsChoice, WeightsOfAModuleWithinACheckpointCount) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const std::string key,
      Chosen({{"epoch", Number(1)}, {"model", Module({.parameters = {{"w", Tensor({})}}})}}));
  EXPECT_EQ(key, "model");
}

TEST(WeightsChoice, TrainingStateIsNoCandidate) {
  EXPECT_THAT(KeysIn(DictOf({{"optimizer_state_dict", Weights()},
                             {"model", Weights()},
                             {"lr_scheduler", Weights()},
                             {"GradScaler", Weights()},
                             {"OPTIM", DictOf({{"state", Weights()}})}})),
              ElementsAre("model"));
}

TEST(WeightsChoice, AveragesStandBehindTheModel) {
  for (const char* average : {"ema", "model_ema", "swa_state", "teacher", "averaged_model"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string key,
                                Chosen({{average, Weights()}, {"state_dict", Weights()}}));
    EXPECT_EQ(key, "state_dict");
  }
}

TEST(WeightsChoice, SeveralModelsAreRefusedWithTheirKeys) {
  EXPECT_THAT(Chosen({{"generator", Weights()}, {"discriminator", Weights()}}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("generator (1 tensors), discriminator (1 tensors)"),
                             HasSubstr("--weights-key"))));
  EXPECT_THAT(Chosen({{"model", Weights()}, {"vae", Weights()}}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("several")));
}

TEST(WeightsChoice, OneDictUnderTwoKeysIsOneSetOfWeights) {
  EXPECT_THAT(KeysIn(DictOf({{"a", Weights() + "q\x07"}, {"b", std::string("h\x07")}})),
              ElementsAre("a"));
}

TEST(WeightsChoice, NestedWeightsAreFoundByADottedKey) {
  const NamedTexts nested = {{"state", DictOf({{"model", Weights()}, {"ema", Weights()}})}};
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string found, Chosen(nested));
  EXPECT_EQ(found, "state.model");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string asked, Chosen(nested, "state.ema"));
  EXPECT_EQ(asked, "state.ema");
}

TEST(WeightsChoice, KeysThatHaveDotsAreFoundToo) {
  const NamedTexts entries = {{"a.b", DictOf({{"c.d", Weights()}})}, {"a", DictOf({{"b", "}"}})}};
  EXPECT_THAT(Chosen(entries, "a.b.c.d"), testing::IsOk());
}

TEST(WeightsChoice, ObjectsOfClassesAreLookedInto) {
  const std::string object = Global("my", "State") + ")\x81" + DictOf({{"net", Weights()}}) + "b";
  EXPECT_THAT(KeysIn(DictOf({{"train", object}})), ElementsAre("train.net"));
}

TEST(WeightsChoice, AKeyThatIsNotThereNamesThoseThatAre) {
  EXPECT_THAT(Chosen({{"model", Weights()}}, "net"),
              StatusIs(absl::StatusCode::kNotFound,
                       AllOf(HasSubstr("\"net\""), HasSubstr("model (1 tensors)"))));
  EXPECT_THAT(Chosen({{"epoch", Number(1)}}, "net"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("epoch")));
}

TEST(WeightsChoice, AKeyThatHoldsNoWeightsIsRefused) {
  EXPECT_THAT(Chosen({{"model", Weights()}, {"epoch", Number(3)}}, "epoch"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("\"epoch\" is 3")));
}

TEST(WeightsChoice, AFileWithoutWeightsSaysWhatItHolds) {
  EXPECT_THAT(Chosen({{"epoch", Number(1)}, {"lr", Number(2)}}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("epoch, lr")));
}

TEST(WeightsChoice, ATensorsNameOccursOnce) {
  const PickleDocument document = Read(DictOf({{"w", Tensor({})}, {"w", Tensor({})}}));
  EXPECT_THAT(TensorsOf({"", &document.root(), 2}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"w\" occurs twice")));
}

}  // namespace
}  // namespace sconce
