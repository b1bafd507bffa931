#include "server/formats/weights/weights_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/weights_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildTorchZip;
using testing::CorpusPath;
using testing::DictOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Number;
using testing::Pickle;
using testing::ReadFile;
using testing::SafetensorsOf;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Tensor;

const std::string kSixteenBytes(16, '\x01');

std::vector<std::string> NamesOf(const WeightsFile& weights) {
  std::vector<std::string> names;
  for (const StoredTensor& tensor : weights.tensors()) names.push_back(tensor.name);
  return names;
}

class WeightsOf : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<WeightsFile>> Open(const std::string& bytes,
                                                    const WeightsOptions& options = {}) {
    return WeightsFile::Open(folder_.Write("weights", bytes), options);
  }

  absl::StatusOr<std::unique_ptr<WeightsFile>> OpenPickle(const std::string& value,
                                                          const WeightsOptions& options = {}) {
    return Open(BuildTorchZip(Pickle(value), {kSixteenBytes}), options);
  }

  const TemporaryFolder folder_;
};

struct Known {
  const char* file;
  const char* kind;
  const char* key;
  const char* first;
};

class RealFile : public ::testing::TestWithParam<Known> {};

TEST_P(RealFile, GivesItsWeights) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights,
                              WeightsFile::Open(CorpusPath(GetParam().file), {}));
  EXPECT_EQ(weights->kind(), GetParam().kind);
  EXPECT_EQ(weights->weights_key(), GetParam().key);
  ASSERT_FALSE(weights->tensors().empty());
  EXPECT_EQ(weights->tensors()[0].name, GetParam().first);
}

INSTANTIATE_TEST_SUITE_P(All, RealFile,
                         ::testing::Values(Known{"zip/weights.pth", "state_dict", "", "weight"},
                                           Known{"zip/legacy.pth", "state_dict", "", "weight"},
                                           Known{"zip/checkpoint.pth", "checkpoint", "model",
                                                 "view"},
                                           Known{"zip/whole.pth", "pickled model", "", "fc.weight"},
                                           Known{"zip/w.safetensors", "safetensors", "", "w"}));

TEST(WeightsOfAnArchive, AreFoundByTheirPaths) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto weights,
      WeightsFile::OpenArchive(CorpusPath("zip/scripted.pt"), {"fc.bias", "fc.weight"}));
  EXPECT_THAT(NamesOf(*weights), ElementsAre("fc.bias", "fc.weight"));
  EXPECT_THAT(WeightsFile::OpenArchive(CorpusPath("zip/scripted.pt"), {"fc.nothing"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("fc.nothing")));
}

TEST_F(WeightsOf, ThePrefixesOfWrappersAreTakenOff) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights,
                              OpenPickle(DictOf({{"module._orig_mod.module.a", Tensor({})},
                                                 {"module._orig_mod.module.b.c", Tensor({})}})));
  EXPECT_THAT(NamesOf(*weights), ElementsAre("a", "b.c"));
  EXPECT_EQ(weights->stripped_prefix(), "module._orig_mod.module.");
}

TEST_F(WeightsOf, APrefixStaysThatOneTensorLacks) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights,
                              Open(SafetensorsOf({{"module.a", {1}}, {"module", {2}}})));
  EXPECT_THAT(NamesOf(*weights), ElementsAre("module.a", "module"));
}

TEST_F(WeightsOf, AKeyMayLeadToTheBeginningOfNames) {
  const auto names = [&](const std::string& key) -> std::vector<std::string> {
    const std::string state = DictOf({{"net.module.a", Tensor({})},
                                      {"net.module.b.c", Tensor({})},
                                      {"loss.weight", Tensor({})}});
    WeightsOptions options;
    options.weights_key = key;
    const auto weights = OpenPickle(DictOf({{"state_dict", state}, {"epoch", Number(3)}}), options);
    if (!weights.ok()) return {std::string(weights.status().message())};
    EXPECT_EQ((*weights)->weights_key(), "state_dict");
    EXPECT_EQ((*weights)->stripped_prefix(), "net.module.");
    return NamesOf(**weights);
  };
  for (const char* key : {"state_dict.net", "net", "state_dict.net.module", "net.module"}) {
    EXPECT_THAT(names(key), ElementsAre("a", "b.c")) << key;
  }
  EXPECT_THAT(names("state_dict.other"), ElementsAre(HasSubstr("it has no key")));
}

TEST_F(WeightsOf, AKeyOfAFileOfWeightsIsTheBeginningOfNames) {
  const auto file = SafetensorsOf({{"net.a", {1}}, {"netb", {2}}});
  WeightsOptions options;
  options.weights_key = "net";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, Open(file, options));
  EXPECT_THAT(NamesOf(*weights), ElementsAre("a"));
  options.weights_key = "ne";
  EXPECT_THAT(Open(file, options),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("begins with \"ne.\"")));
}

TEST_F(WeightsOf, NothingIsTakenOffWhenThatIsAsked) {
  WeightsOptions options;
  options.strip_prefixes = false;
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights,
                              OpenPickle(DictOf({{"module.a", Tensor({})}}), options));
  EXPECT_THAT(NamesOf(*weights), ElementsAre("module.a"));
}

TEST_F(WeightsOf, SharingAStorageIsKept) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights,
                              OpenPickle(DictOf({{"a", Tensor({})}, {"b", Tensor({})}})));
  EXPECT_EQ(weights->tensors()[0].storage, weights->tensors()[1].storage);
}

TEST_F(WeightsOf, TheKeyOfACheckpointIsFollowed) {
  const std::string checkpoint =
      DictOf({{"a", DictOf({{"w", Tensor({})}})}, {"b", DictOf({{"v", Tensor({})}})}});
  EXPECT_THAT(OpenPickle(checkpoint),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a (1 tensors), b")));
  WeightsOptions options;
  options.weights_key = "b";
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, OpenPickle(checkpoint, options));
  EXPECT_THAT(NamesOf(*weights), ElementsAre("v"));
  EXPECT_NE(weights->weights_dict(), nullptr);
}

TEST_F(WeightsOf, ATensorThatCannotBeReadIsNamed) {
  testing::TensorText outside;
  outside.offset = 1;
  EXPECT_THAT(OpenPickle(DictOf({{"fc.w", Tensor(outside)}})),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"fc.w\"")));
}

TEST_F(WeightsOf, OtherFilesSayWhatTheyAre) {
  EXPECT_THAT(Open("<html>"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a text file")));
  EXPECT_THAT(OpenPickle(DictOf({{"epoch", Number(1)}})),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("epoch")));
}

// Every byte of a file counts, those no tensor refers to as well: the change is refused, or the
// digest is another one.
class DigestOfFile : public ::testing::TestWithParam<const char*> {};

TEST_P(DigestOfFile, ChangesWithEveryByte) {
  const TemporaryFolder folder;
  const std::string bytes = ReadFile(CorpusPath(GetParam()));
  const auto digest = [&](const std::string& content) -> std::string {
    const auto weights = WeightsFile::Open(folder.Write("w", content), {});
    if (!weights.ok()) return "";
    const auto value = (*weights)->Digest();
    return value.ok() ? *value : "";
  };
  const std::string before = digest(bytes);
  ASSERT_NE(before, "");
  EXPECT_EQ(digest(bytes), before);
  std::vector<size_t> silent;
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x20);
    if (digest(changed) == before) silent.push_back(i);
  }
  EXPECT_THAT(silent, ElementsAre());
}

INSTANTIATE_TEST_SUITE_P(All, DigestOfFile,
                         ::testing::Values("zip/w.safetensors", "zip/legacy.pth"));

TEST_F(WeightsOf, TheDigestIsOfTheDataWhateverWasReadBefore) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto one, Open(SafetensorsOf({{"w", {1}}})));
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string before, one->Digest());
  float value = 0;
  EXPECT_THAT(one->tensors()[0].storage->ReadInto(&value), testing::IsOk());
  EXPECT_EQ(one->Digest().value(), before);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto other, Open(SafetensorsOf({{"w", {2}}})));
  EXPECT_NE(other->Digest().value(), before);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto renamed, Open(SafetensorsOf({{"v", {1}}})));
  EXPECT_NE(renamed->Digest().value(), before);
}

}  // namespace
}  // namespace sconce
