#include "server/repository/folder_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/repository/temp_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;
using testing::TempFolder;
constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// outside/models is the opened folder; outside/secret.pt must stay out of reach.
class FolderPath : public ::testing::Test {
 protected:
  void SetUp() override {
    outside_.Write("secret.pt");
    outside_.Write("models2/iris.pt");
    outside_.Write("models/iris.pt");
    outside_.Write("models/digits/1/net.pt");
    outside_.Link("models/out.pt", outside_ / "secret.pt");
    outside_.Link("models/up", "..");
    outside_.Link("models/in.pt", "digits/1/net.pt");
    outside_.Link("models/dangling.pt", outside_ / "new.pt");
    outside_.Link("models/loop.pt", "loop.pt");
    outside_.Link("alias", "models");
    SCONCE_ASSERT_OK_AND_ASSIGN(folder_, OpenFolder(outside_ / "models", "--models"));
  }
  TempFolder outside_;
  OpenedFolder folder_;
};

TEST_F(FolderPath, FindsFilesInside) {
  for (const std::string& path :
       {std::string("iris.pt"), std::string("./iris.pt"), std::string("digits/../iris.pt"),
        outside_ / "models/iris.pt", outside_ / "alias/iris.pt"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string resolved, ResolveFile(folder_, path));
    EXPECT_EQ(resolved, outside_ / "models/iris.pt");
  }
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string linked, ResolveFile(folder_, "in.pt"));
  EXPECT_EQ(linked, outside_ / "models/digits/1/net.pt");
}

TEST_F(FolderPath, RefusesEveryWayOut) {
  for (const std::string& path :
       {std::string("../secret.pt"), std::string("digits/../../secret.pt"), std::string("out.pt"),
        std::string("up/secret.pt"), std::string("/etc/passwd"), outside_ / "models2/iris.pt",
        std::string("../missing.pt"), std::string("dangling.pt"), std::string(".."),
        std::string(".")}) {
    EXPECT_THAT(ResolveFile(folder_, path),
                ::testing::AnyOf(StatusIs(kInvalid, HasSubstr("not inside the folder")),
                                 StatusIs(absl::StatusCode::kNotFound, HasSubstr("dangling"))))
        << path;
  }
}

TEST_F(FolderPath, RefusesWhatIsNoFile) {
  EXPECT_THAT(ResolveFile(folder_, "digits"), StatusIs(kInvalid, HasSubstr("is a folder")));
  EXPECT_THAT(ResolveFile(folder_, ""), StatusIs(kInvalid, HasSubstr("empty")));
  EXPECT_THAT(ResolveFile(folder_, std::string("iris.pt\0x", 9)),
              StatusIs(kInvalid, HasSubstr("zero byte")));
  EXPECT_THAT(ResolveFile(folder_, "nobody.pt"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("nobody.pt")));
  EXPECT_FALSE(ResolveFile(folder_, "loop.pt").ok());
}

TEST_F(FolderPath, NewFilesStayInsideAndGetTheirFolders) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string path, ResolveNewFile(folder_, "a/b/c.pt"));
  EXPECT_EQ(path, outside_ / "models/a/b/c.pt");
  EXPECT_TRUE(std::filesystem::is_directory(outside_ / "models/a/b"));
  SCONCE_EXPECT_OK(ResolveNewFile(folder_, "iris.pt"));
  SCONCE_EXPECT_OK(ResolveNewFile(folder_, outside_ / "models/new.pt"));
}

TEST_F(FolderPath, NewFilesFindNoWayOut) {
  for (const std::string& path :
       {std::string("../x.pt"), std::string("up/x.pt"), std::string("a/../../x.pt"),
        std::string("/tmp/x.pt"), std::string("out.pt"), outside_ / "models2/x.pt"}) {
    EXPECT_THAT(ResolveNewFile(folder_, path),
                StatusIs(kInvalid, AllOf(HasSubstr("not inside"), HasSubstr("--models"))))
        << path;
  }
  EXPECT_THAT(ResolveNewFile(folder_, "digits"), StatusIs(kInvalid, HasSubstr("is a folder")));
  EXPECT_THAT(ResolveNewFile(folder_, "nothing/"), StatusIs(kInvalid, HasSubstr("")));
  EXPECT_FALSE(ResolveNewFile(folder_, "iris.pt/x.pt").ok());
  EXPECT_FALSE(std::filesystem::exists(outside_ / "x.pt"));
}

TEST_F(FolderPath, NewFoldersObeyTheSameRule) {
  for (const char* name : {"a/b/shards", "a/b/shards/"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string path, ResolveNewFolder(folder_, name));
    EXPECT_EQ(path, outside_ / "models/a/b/shards");
  }
  EXPECT_FALSE(std::filesystem::exists(outside_ / "models/a/b/shards"));
  SCONCE_EXPECT_OK(ResolveNewFolder(folder_, "digits"));
  for (const std::string& path :
       {std::string("."), std::string("../x"), std::string("up/x"), std::string("up/"),
        std::string("a/../.."), std::string("/tmp/x"), outside_ / "models2/x"}) {
    EXPECT_THAT(ResolveNewFolder(folder_, path),
                StatusIs(kInvalid, AllOf(HasSubstr("not inside"), HasSubstr("--models"))))
        << path;
  }
}

TEST(OpenFolder, SaysWhatIsWrong) {
  TempFolder temp;
  temp.Write("file");
  EXPECT_THAT(OpenFolder(temp / "nothing", "--models"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("--models")));
  EXPECT_THAT(OpenFolder(temp / "file", "--models"), StatusIs(kInvalid, HasSubstr("no folder")));
}

}  // namespace
}  // namespace sconce
