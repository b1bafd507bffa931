// save and pull.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "client/file_bytes.h"
#include "tests/client/cli/run_fixture.h"
#include "tests/testing/status_matchers.h"

namespace sconce::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::PulledFile;
using testing::RunFixture;

class RunCheckpointTest : public RunFixture {
 protected:
  void SetUp() override {
    RunFixture::SetUp();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  // What lies in the folder, and nothing else does.
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  const std::string folder_ = ::testing::TempDir() + "run_checkpoint_test";
};

TEST_F(RunCheckpointTest, SaveSendsTheFormat) {
  EXPECT_EQ(Sconce({"save", "iris", "--format", "state_dict", "--path", "a.pt"}), 0);
  EXPECT_EQ(server_.last_save().format(), v1::CHECKPOINT_FORMAT_STATE_DICT);
  EXPECT_EQ(out_, "/checkpoints/a.pt\n4.0 KiB\nsha256 abcd\n");
}

TEST_F(RunCheckpointTest, SaveSendsEveryOption) {
  EXPECT_EQ(Sconce({"--json", "save", "iris", "--format", "safetensors", "--path", "a", "--dtype",
                    "float16", "--shard-size", "500MB", "--version", "2"}),
            0);
  const v1::SaveCheckpointRequest sent = server_.last_save();
  EXPECT_EQ(sent.version(), 2);
  EXPECT_EQ(sent.format(), v1::CHECKPOINT_FORMAT_SAFETENSORS);
  EXPECT_EQ(sent.options().dtype(), "float16");
  EXPECT_EQ(sent.options().shard_bytes(), 500'000'000u);
  EXPECT_EQ(Json()["sha256"], "abcd");
  EXPECT_EQ(Json()["files"][0]["bytes"], 4096);
  EXPECT_EQ(Sconce({"save", "iris", "--format", "checkpoint", "--path", "a", "--set", "epoch=3"}),
            0);
  EXPECT_EQ(server_.last_save().options().values_json(), "{\"epoch\":3}");
}

TEST_F(RunCheckpointTest, PullWritesBesideTheCaller) {
  server_.pull = PulledFile("", "abcdef");
  EXPECT_EQ(Sconce({"pull", "iris", "--format", "state_dict", "--out", Path("a.pth")}), 0);
  EXPECT_THAT(
      out_, AllOf(HasSubstr(Path("a.pth") + "\n6 B\nsha256 bef57ec7"), ::testing::EndsWith("\n")));
  EXPECT_EQ(*ReadFileBytes(Path("a.pth")), "abcdef");
  EXPECT_EQ(server_.last_pull().format(), v1::CHECKPOINT_FORMAT_STATE_DICT);
  EXPECT_EQ(err_, "");
}

TEST_F(RunCheckpointTest, PullOfShardsIsAFolder) {
  server_.pull = PulledFile("model-00001-of-00001.safetensors", "abcdef");
  for (const auto& message : PulledFile("model.safetensors.index.json", "{}")) {
    server_.pull.push_back(message);
  }
  const std::vector<std::string> command{"pull",         "iris",  "--format",
                                         "safetensors",  "--out", Path("shards"),
                                         "--shard-size", "1GB",   "--json"};
  EXPECT_EQ(Sconce(command), 0);
  EXPECT_EQ(Json()["files"].size(), 2u);
  EXPECT_EQ(Json()["sha256"], Json()["files"][1]["sha256"]);
  EXPECT_EQ(*ReadFileBytes(Path("shards/model.safetensors.index.json")), "{}");
  EXPECT_EQ(server_.last_pull().options().shard_bytes(), 1'000'000'000u);
  EXPECT_EQ(Sconce(command), 0);  // in its place
}

TEST_F(RunCheckpointTest, AFailedPullLeavesWhatWasThere) {
  SCONCE_ASSERT_OK(WriteFileBytes(Path("a.pth"), "old"));
  server_.pull = PulledFile("", "abcdef");
  server_.pull[2].set_data("XXXXX");
  EXPECT_EQ(Sconce({"pull", "iris", "--format", "state_dict", "--out", Path("a.pth")}), 1);
  EXPECT_THAT(err_, HasSubstr("digest"));
  EXPECT_EQ(*ReadFileBytes(Path("a.pth")), "old");
  EXPECT_THAT(Files(), ::testing::ElementsAre("a.pth"));
  server_.pull = PulledFile("", "abcdef");
  server_.pull_status = {grpc::StatusCode::NOT_FOUND, "no model 'iris'"};
  EXPECT_EQ(Sconce({"--json", "pull", "iris", "--format", "state_dict", "--out", Path("a.pth")}),
            1);
  EXPECT_EQ(Json()["error"]["code"], "NOT_FOUND");
  EXPECT_EQ(*ReadFileBytes(Path("a.pth")), "old");
}

TEST_F(RunCheckpointTest, WrongUsageIsTwo) {
  EXPECT_EQ(Sconce({"pull", "iris", "--format", "state_dict"}), 2);
  EXPECT_EQ(Sconce({"pull", "iris", "--out", "x"}), 2);
  EXPECT_EQ(Sconce({"save", "iris", "--format", "state_dict", "--path", "x", "--dtype", "int8"}),
            2);
}

TEST_F(RunCheckpointTest, HelpNamesEveryFlag) {
  for (const char* command : {"save", "pull"}) {
    EXPECT_EQ(Sconce({command, "--help"}), 0);
    EXPECT_THAT(out_, AllOf(HasSubstr("--format F"), HasSubstr("--dtype T"),
                            HasSubstr("--shard-size SIZE"), HasSubstr("--set KEY=JSON")));
  }
}

}  // namespace
}  // namespace sconce::cli
