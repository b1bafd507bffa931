#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/repository/repository_fixture.h"
#include "tests/testing/memory_files.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using ::testing::Pair;
using testing::ReadAll;
using testing::StatusIs;
using testing::TempFolder;

const WriteOptions kTorchScript{.format = CheckpointFormat::kTorchScript, .values_json = ""};
const WriteOptions kFailing{.format = CheckpointFormat::kStateDict, .values_json = ""};
const WriteOptions kSharded{
    .format = CheckpointFormat::kSafetensors, .shard_bytes = 1, .values_json = ""};

class RepositorySave : public testing::RepositoryFixture {
 protected:
  Repository& OpenWithCheckpoints() {
    options_.checkpoints_dir = checkpoints_ / "new";  // made when it is needed
    models_.Write("iris.pt", "weights");
    Repository& repository = Open();
    repository.LoadAll();
    return repository;
  }
  std::vector<std::string> FilesIn(const std::string& folder) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(checkpoints_ / folder)) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  TempFolder checkpoints_;
};

TEST_F(RepositorySave, WritesTheServingModel) {
  Repository& repository = OpenWithCheckpoints();
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto saved,
                              repository.Save("iris", 0, kTorchScript, "runs/a.pt"));
  EXPECT_EQ(saved.path, checkpoints_ / "new/runs/a.pt");
  ASSERT_EQ(saved.files.size(), 1u);
  EXPECT_EQ(saved.files[0].name, "");
  EXPECT_EQ(saved.files[0].bytes, 7u);
  EXPECT_EQ(saved.files[0].sha256.size(), 64u);
  EXPECT_EQ(ReadAll(saved.path), "weights");
}

TEST_F(RepositorySave, WritesShardsToAFolder) {
  Repository& repository = OpenWithCheckpoints();
  for (const char* path : {"runs/a", "runs/a/"}) {  // the second replaces the first
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto saved, repository.Save("iris", 0, kSharded, path));
    EXPECT_EQ(saved.path, checkpoints_ / "new/runs/a");
    EXPECT_EQ(saved.files.size(), 8u);
    EXPECT_EQ(saved.files.back().name, "model.safetensors.index.json");
  }
  EXPECT_EQ(FilesIn("new/runs"), std::vector<std::string>{"a"});
  EXPECT_EQ(ReadAll(checkpoints_ / "new/runs/a/w.safetensors"), "w");
}

TEST_F(RepositorySave, ShardsReplaceNoFolderOfOtherThings) {
  Repository& repository = OpenWithCheckpoints();
  checkpoints_.Write("new/runs/notes.txt", "keep me");
  EXPECT_THAT(repository.Save("iris", 0, kSharded, "runs"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("notes.txt")));
  EXPECT_THAT(repository.Save("iris", 0, kSharded, "."),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not inside")));
  EXPECT_EQ(ReadAll(checkpoints_ / "new/runs/notes.txt"), "keep me");
}

TEST_F(RepositorySave, WithoutAFolderSaysHowToAllowIt) {
  models_.Write("iris.pt");
  Repository& repository = Open();
  repository.LoadAll();
  EXPECT_THAT(repository.Save("iris", 0, kTorchScript, "a.pt"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("--checkpoints DIR")));
}

TEST_F(RepositorySave, FindsNoWayOutOfTheFolder) {
  Repository& repository = OpenWithCheckpoints();
  for (const WriteOptions& options : {kTorchScript, kSharded}) {
    for (const char* path : {"../a.pt", "/tmp/a.pt", "x/../../a.pt"}) {
      EXPECT_THAT(repository.Save("iris", 0, options, path),
                  StatusIs(absl::StatusCode::kInvalidArgument,
                           AllOf(HasSubstr("not inside"), HasSubstr("--checkpoints"))));
    }
  }
  EXPECT_FALSE(std::filesystem::exists(checkpoints_ / "a.pt"));
}

TEST_F(RepositorySave, AFailedSaveLeavesNothing) {
  Repository& repository = OpenWithCheckpoints();
  SCONCE_ASSERT_OK(repository.Save("iris", 0, kTorchScript, "a.pt"));
  EXPECT_THAT(repository.Save("iris", 0, kFailing, "a.pt"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("disk full")));
  EXPECT_EQ(ReadAll(checkpoints_ / "new/a.pt"), "weights");
  EXPECT_THAT(FilesIn("new"), ElementsAre("a.pt"));
}

TEST_F(RepositorySave, WhatDoesNotReadBackNeverAppears) {
  std::string seen;
  options_.check_written = [&](CheckpointFormat, const std::string& path) {
    seen = ReadAll(path);
    return absl::InternalError("it does not read back");
  };
  Repository& repository = OpenWithCheckpoints();
  EXPECT_THAT(repository.Save("iris", 0, kTorchScript, "a.pt"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("read back")));
  EXPECT_EQ(seen, "weights");
  EXPECT_TRUE(FilesIn("new").empty());
}

TEST_F(RepositorySave, SavesOnlyWhatServes) {
  Repository& repository = OpenWithCheckpoints();
  EXPECT_THAT(repository.Save("nobody", 0, kTorchScript, "a.pt"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("nobody")));
  EXPECT_THAT(repository.Save("iris", 9, kTorchScript, "a.pt"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("version 9")));
}

TEST_F(RepositorySave, PullNeedsNoFolder) {
  models_.Write("iris.pt", "weights");
  Repository& repository = Open();
  repository.LoadAll();
  MemoryFiles files;
  SCONCE_ASSERT_OK(repository.Pull("iris", 0, kTorchScript, files));
  EXPECT_TRUE(files.finished());
  EXPECT_THAT(files.contents(), ElementsAre(Pair("", "weights")));
  MemoryFiles failed;
  EXPECT_THAT(repository.Pull("iris", 0, kFailing, failed),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("disk full")));
  EXPECT_FALSE(failed.finished());
}

// Unloads the model while its checkpoint is being received.
class UnloadingFiles final : public OutputFiles {
 public:
  explicit UnloadingFiles(Repository& repository) : repository_(repository) {}
  absl::Status Begin(const std::string&, std::optional<uint64_t>) override {
    return repository_.Unload("iris", 0);
  }
  absl::Status Write(std::string_view bytes) override {
    text += bytes;
    return absl::OkStatus();
  }
  absl::Status Finish() override { return absl::OkStatus(); }

  std::string text;

 private:
  Repository& repository_;
};

TEST_F(RepositorySave, AnUnloadDoesNotWaitForWhoPulls) {
  Repository& repository = OpenWithCheckpoints();
  UnloadingFiles files(repository);
  SCONCE_ASSERT_OK(repository.Pull("iris", 0, kTorchScript, files));
  EXPECT_EQ(files.text, "weights");
  EXPECT_EQ(StateOf("iris", 1), ModelState::kUnloaded);
}

}  // namespace
}  // namespace sconce
