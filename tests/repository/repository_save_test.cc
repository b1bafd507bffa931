#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/repository/repository_fixture.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::ReadAll;
using testing::StatusIs;
using testing::TempFolder;
constexpr auto kTorchScript = CheckpointFormat::kTorchScript;

class RepositorySave : public testing::RepositoryFixture {
 protected:
  Repository& OpenWithCheckpoints() {
    options_.checkpoints_dir = checkpoints_ / "new";  // made when it is needed
    models_.Write("iris.pt", "weights");
    Repository& repository = Open();
    repository.LoadAll();
    return repository;
  }
  TempFolder checkpoints_;
};

TEST_F(RepositorySave, WritesTheServingModel) {
  Repository& repository = OpenWithCheckpoints();
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto saved,
                              repository.Save("iris", 0, kTorchScript, "runs/a.pt"));
  EXPECT_EQ(saved.path, checkpoints_ / "new/runs/a.pt");
  EXPECT_EQ(saved.bytes, 7u);
  EXPECT_FALSE(saved.sha256.empty());
  EXPECT_EQ(ReadAll(saved.path), "weights");
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
  for (const char* path : {"../a.pt", "/tmp/a.pt", "x/../../a.pt"}) {
    EXPECT_THAT(repository.Save("iris", 0, kTorchScript, path),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("not inside"), HasSubstr("--checkpoints"))));
  }
  EXPECT_FALSE(std::filesystem::exists(checkpoints_ / "a.pt"));
}

TEST_F(RepositorySave, AFailedSaveLeavesNothing) {
  Repository& repository = OpenWithCheckpoints();
  SCONCE_ASSERT_OK(repository.Save("iris", 0, kTorchScript, "a.pt"));
  EXPECT_THAT(repository.Save("iris", 0, CheckpointFormat::kStateDict, "a.pt"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("disk full")));
  EXPECT_EQ(ReadAll(checkpoints_ / "new/a.pt"), "weights");
  const std::filesystem::directory_iterator files(checkpoints_ / "new");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(RepositorySave, SavesOnlyWhatServes) {
  Repository& repository = OpenWithCheckpoints();
  EXPECT_THAT(repository.Save("nobody", 0, kTorchScript, "a.pt"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("nobody")));
  EXPECT_THAT(repository.Save("iris", 9, kTorchScript, "a.pt"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("version 9")));
}

}  // namespace
}  // namespace sconce
