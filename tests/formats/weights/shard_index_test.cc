#include "server/formats/weights/shard_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/attacks/weights_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IndexOf;
using testing::IsOk;
using testing::StatusIs;
using testing::TemporaryFolder;

absl::StatusOr<ShardIndex> Read(const std::string& text) {
  return ReadShardIndex(*ByteSource::OverBytes(text));
}

TEST(ShardIndex, GivesEachFileItsTensors) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const ShardIndex index,
                              Read(IndexOf({{"a", "2.bin"}, {"b", "1.bin"}, {"c", "2.bin"}})));
  ASSERT_EQ(index.files.size(), 2u);
  EXPECT_THAT(index.files.at("1.bin"), ElementsAre("b"));
  EXPECT_THAT(index.files.at("2.bin"), ElementsAre("a", "c"));
}

TEST(ShardIndex, IsKnownByItsName) {
  EXPECT_TRUE(IsShardIndexName("x/model.safetensors.index.json"));
  EXPECT_FALSE(IsShardIndexName("x/config.json"));
}

struct Bad {
  std::string text;
  const char* message;
};

class WrongIndex : public ::testing::TestWithParam<Bad> {};

TEST_P(WrongIndex, IsRefused) {
  EXPECT_THAT(Read(GetParam().text),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongIndex,
    ::testing::Values(
        Bad{"", "damaged"}, Bad{"[]", "no object"}, Bad{"{}", "weight_map"},
        Bad{R"({"weight_map":[]})", "weight_map"}, Bad{R"({"weight_map":{}})", "empty"},
        Bad{R"({"weight_map":{"a":1}})", "\"a\" names no file"},
        Bad{R"({"weight_map":{"a":"x","a":"y"}})", "\"a\" occurs twice"},
        Bad{IndexOf({{"a", ""}}), "name"}, Bad{IndexOf({{"a", "../x"}}), "\"..\""},
        Bad{IndexOf({{"a", "x/../../y"}}), "\"..\""}, Bad{IndexOf({{"a", "./x"}}), "\".\""},
        Bad{IndexOf({{"a", "/etc/passwd"}}), "absolute"}, Bad{IndexOf({{"a", "C:x"}}), "absolute"},
        Bad{IndexOf({{"a", "..\\\\x"}}), "backslash"},
        Bad{IndexOf({{"a", "x\\u0000y"}}), "control character"}));

TEST(ShardIndex, NamesNoMoreFilesThanAnybodyHas) {
  testing::NamedTexts tensors;
  for (int i = 0; i < 10'001; ++i) tensors.emplace_back(std::to_string(i), std::to_string(i));
  EXPECT_THAT(Read(IndexOf(tensors)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("too many files")));
}

TEST(WeightsInFolder, AnIndexStandsForItsShards) {
  const TemporaryFolder folder;
  folder.Write("model-1.safetensors", "");
  folder.Write("model-2.safetensors", "");
  const std::string index = folder.Write("model.safetensors.index.json", "");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string found, FindWeightsInFolder(folder.Path("")));
  EXPECT_TRUE(fs::equivalent(found, index));
}

TEST(WeightsInFolder, TheOnlyWeightsAreFoundAmongOtherFiles) {
  const TemporaryFolder folder;
  folder.Write("config.json", "");
  const std::string weights = folder.Write("pytorch_model.bin", "");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string found, FindWeightsInFolder(folder.Path("")));
  EXPECT_TRUE(fs::equivalent(found, weights));
}

TEST(WeightsInFolder, NoneOrSeveralAreRefusedByName) {
  const TemporaryFolder folder;
  EXPECT_THAT(FindWeightsInFolder(folder.Path("")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no weights")));
  folder.Write("a.pth", "");
  folder.Write("b.pt", "");
  EXPECT_THAT(FindWeightsInFolder(folder.Path("")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a.pth, b.pt")));
}

TEST(Shard, LiesBesideItsIndexOrBelow) {
  const TemporaryFolder folder;
  const std::string index = folder.Write("m.index.json", "");
  fs::create_directory(folder.Path("sub"));
  const std::string shard = folder.Write("sub/1.bin", "");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string path, ResolveShard(index, "sub/1.bin", ""));
  EXPECT_TRUE(fs::equivalent(path, shard));
  EXPECT_THAT(ResolveShard(index, "2.bin", ""),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("2.bin")));
}

TEST(Shard, LinksDoNotLeadOutOfTheFolder) {
  const TemporaryFolder folder, elsewhere;
  const std::string index = folder.Write("m.index.json", "");
  const std::string secret = elsewhere.Write("secret", "x");
  fs::create_symlink(secret, folder.Path("1.bin"));
  fs::create_directory_symlink(elsewhere.Path(""), folder.Path("out"));
  for (const char* name : {"1.bin", "out/secret"}) {
    EXPECT_THAT(ResolveShard(index, name, ""), StatusIs(absl::StatusCode::kPermissionDenied,
                                                        AllOf(HasSubstr(name), HasSubstr("link"))));
  }
}

TEST(Shard, LinksMayLeadAnywhereBelowTheRoot) {
  const TemporaryFolder root;
  fs::create_directory(root.Path("snapshot"));
  fs::create_directory(root.Path("blobs"));
  fs::create_directory(root.Path("blobs-not"));
  const std::string index = root.Write("snapshot/m.index.json", "");
  root.Write("blobs/1", "");
  fs::create_symlink("../blobs/1", root.Path("snapshot/1.bin"));
  EXPECT_THAT(ResolveShard(index, "1.bin", root.Path("")), IsOk());
  EXPECT_THAT(ResolveShard(index, "1.bin", ""),
              StatusIs(absl::StatusCode::kPermissionDenied, ::testing::_));
  root.Write("blobs-not/1", "");
  fs::create_symlink("../blobs-not/1", root.Path("snapshot/2.bin"));
  EXPECT_THAT(ResolveShard(index, "2.bin", root.Path("blobs")),
              StatusIs(absl::StatusCode::kPermissionDenied, ::testing::_));
}

}  // namespace
}  // namespace sconce
