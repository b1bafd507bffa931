#include "server/repository/model_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/repository/temp_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::StatusIs;
using testing::TempFolder;
constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

class ModelFolder : public ::testing::Test {
 protected:
  std::map<std::string, FolderEntry> Scan() {
    auto entries = ScanModels(opened());
    EXPECT_TRUE(entries.ok()) << entries.status();
    return *entries;
  }
  absl::Status Check(const std::string& name) {
    const auto entry = FindInFolder(opened(), name);
    return entry.ok() ? CheckEntry(name, *entry) : entry.status();
  }
  absl::StatusOr<std::string> Pick(const std::string& folder, const std::string& filename = "",
                                   const std::string& skeleton = "") {
    return PickModelFile(opened(), folder, filename, skeleton);
  }
  OpenedFolder opened() const { return {.path = temp_.path(), .flag = "--models"}; }

  TempFolder temp_;
};

TEST_F(ModelFolder, FindsBareFilesAndVersionFolders) {
  temp_.Write("iris.pt");
  temp_.Write("net.v2.pth");
  temp_.Write("nosuffix");
  temp_.Write("digits/config.pbtxt");
  temp_.Write("digits/2/model.pth");
  temp_.Write("digits/10/model.pth");
  const auto entries = Scan();
  EXPECT_THAT(entries, ElementsAre(Pair("digits", ::testing::_), Pair("iris", ::testing::_),
                                   Pair("net.v2", ::testing::_), Pair("nosuffix", ::testing::_)));
  EXPECT_THAT(entries.at("iris").bare_files, ElementsAre("iris.pt"));
  EXPECT_THAT(entries.at("iris").version_numbers(), ElementsAre(1));
  EXPECT_TRUE(entries.at("digits").has_config);
  EXPECT_THAT(entries.at("digits").version_numbers(), ElementsAre(2, 10));
}

TEST_F(ModelFolder, PassesOverWhatIsObviouslyNoModel) {
  for (const char* name : {"README", "readme.md", ".hidden.pt", "LICENSE", "notes.txt", "a.json",
                           "b.yaml", "train.py", "x.pt.tmp", "x.pt.sha256", "golden.safetensors",
                           "Dockerfile", "..data/iris.pt", "lost+found/x.pt", "notes/readme.md"}) {
    temp_.Write(name);
  }
  temp_.MakeFolder("empty");
  EXPECT_TRUE(Scan().empty());
}

TEST_F(ModelFolder, VersionFoldersAreCalledByNumbersFromOne) {
  for (const char* name : {"1", "42", "999999999999999999"})
    EXPECT_TRUE(ParseVersion(name)) << name;
  for (const char* name : {"", "0", "01", "-1", "+1", "1a", "1.0", " 1", "9999999999999999999"}) {
    EXPECT_FALSE(ParseVersion(name)) << name;
  }
}

TEST_F(ModelFolder, TwoFilesOfOneNameAreNamed) {
  temp_.Write("iris.pt");
  temp_.Write("iris.pth");
  EXPECT_THAT(Check("iris"),
              StatusIs(kRefused, AllOf(HasSubstr("iris.pt, iris.pth"), HasSubstr("rename"))));
}

TEST_F(ModelFolder, AFileAndAFolderOfOneNameAreNamed) {
  temp_.Write("iris.pt");
  temp_.Write("iris/1/model.pt");
  EXPECT_THAT(Check("iris"), StatusIs(kRefused, HasSubstr("iris.pt, iris/")));
}

TEST_F(ModelFolder, AFolderWithoutVersionsIsToldWhatToDo) {
  temp_.Write("digits/model.pt");
  temp_.Write("empty/config.pbtxt");
  EXPECT_THAT(Check("digits"), StatusIs(kRefused, HasSubstr("move digits/model.pt to digits/1/")));
  EXPECT_THAT(Check("empty"), StatusIs(kRefused, HasSubstr("expected the model in empty/1/")));
  EXPECT_THAT(Check("nobody"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("nobody.pt")));
}

TEST_F(ModelFolder, TheOnlyCandidateIsTheModel) {
  temp_.Write("digits/1/weights.bin");
  temp_.Write("digits/1/notes.txt");
  temp_.Write("digits/1/golden.safetensors");
  temp_.Write("digits/1/skeleton.pt");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string file, Pick("digits/1", "", "skeleton.pt"));
  EXPECT_EQ(file, "digits/1/weights.bin");
}

TEST_F(ModelFolder, TheConfiguredFileIsTheModel) {
  temp_.Write("digits/1/a.pt");
  temp_.Write("digits/1/b.pt");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string file, Pick("digits/1", "b.pt"));
  EXPECT_EQ(file, "digits/1/b.pt");
}

TEST_F(ModelFolder, TritonsNameWinsAmongSeveral) {
  temp_.Write("digits/1/a.bin");
  temp_.Write("digits/1/model.pt");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string file, Pick("digits/1"));
  EXPECT_EQ(file, "digits/1/model.pt");
}

TEST_F(ModelFolder, TheIndexIsTheModelAndItsShardsAreNone) {
  for (const char* index : {"model.safetensors.index.json", "weights.index.json"}) {
    TempFolder folder;
    const OpenedFolder models{.path = folder.path(), .flag = "--models"};
    folder.Write(std::string("llm/1/") + index);
    for (const char* name : {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                             "part_a.safetensors", "config.json", "tokenizer.json"}) {
      folder.Write(std::string("llm/1/") + name);
    }
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string file, PickModelFile(models, "llm/1", "", ""));
    EXPECT_EQ(file, std::string("llm/1/") + index);
    folder.Write("llm/1/skeleton.pt");
    SCONCE_EXPECT_OK(PickModelFile(models, "llm/1", "", "skeleton.pt"));
  }
}

TEST_F(ModelFolder, WhatIsNoShardOfTheIndexStaysACandidate) {
  temp_.Write("llm/1/model.safetensors.index.json");
  temp_.Write("llm/1/model.safetensors");
  temp_.Write("llm/1/other.bin");
  EXPECT_THAT(Pick("llm/1"),
              StatusIs(kRefused, HasSubstr("model.safetensors, model.safetensors.index.json, "
                                           "other.bin;")));
}

TEST_F(ModelFolder, TwoIndexesAreListed) {
  temp_.Write("llm/1/model.safetensors.index.json");
  temp_.Write("llm/1/model-00001-of-00001.safetensors");
  temp_.Write("llm/1/pytorch_model.bin.index.json");
  temp_.Write("llm/1/pytorch_model-00001-of-00001.bin");
  EXPECT_THAT(Pick("llm/1"),
              StatusIs(kRefused, HasSubstr("the model: model.safetensors.index.json, "
                                           "pytorch_model.bin.index.json;")));
  SCONCE_EXPECT_OK(Pick("llm/1", "pytorch_model.bin.index.json"));
}

TEST_F(ModelFolder, ABareIndexIsAModelWithoutItsSuffixes) {
  temp_.Write("llm.safetensors.index.json");
  temp_.Write("llm-00001-of-00001.safetensors");
  temp_.Write("net.v2.bin.index.json");
  const auto entries = Scan();
  EXPECT_THAT(entries, ElementsAre(Pair("llm", ::testing::_), Pair("net.v2", ::testing::_)));
  EXPECT_THAT(entries.at("llm").bare_files, ElementsAre("llm.safetensors.index.json"));
  SCONCE_EXPECT_OK(Check("llm"));
}

TEST_F(ModelFolder, ShardsWithoutAVersionAreToldWhatToDo) {
  temp_.Write("llm/model.safetensors.index.json");
  temp_.Write("llm/a.safetensors");
  EXPECT_THAT(Check("llm"),
              StatusIs(kRefused, HasSubstr("move llm/model.safetensors.index.json and its shards "
                                           "to llm/1/")));
}

TEST_F(ModelFolder, SeveralCandidatesAreListed) {
  temp_.Write("digits/1/a.pt");
  temp_.Write("digits/1/b.pt");
  EXPECT_THAT(Pick("digits/1"),
              StatusIs(kRefused, AllOf(HasSubstr("a.pt, b.pt"),
                                       HasSubstr("default_model_filename: \"a.pt\""))));
  temp_.MakeFolder("digits/2");
  EXPECT_THAT(Pick("digits/2"), StatusIs(kRefused, HasSubstr("no model file")));
}

}  // namespace
}  // namespace sconce
