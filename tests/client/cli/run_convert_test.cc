// sconce convert: from weights to weights, without a daemon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "client/file_bytes.h"
#include "server/formats/weights/weights_file.h"
#include "tests/client/cli/run_fixture.h"
#include "tests/testing/status_matchers.h"

namespace sconce::cli {
namespace {

using ::testing::HasSubstr;
using testing::RunFixture;

// Two float32 tensors, "fc.weight" [2, 2] and "fc.bias" [2].
std::string SmallSafetensors() {
  const std::string header = R"({"fc.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},)"
                             R"("fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]}})";
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size());
  return file + header + std::string("\0\0\x80\x3f\0\0\0\x40\0\0\x40\x40\0\0\x80\x40", 16) +
         std::string("\0\0\0\x3f\0\0\0\xbf", 8);
}

class RunConvertTest : public RunFixture {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    address_ = "localhost:1";  // nobody is needed there
    SCONCE_ASSERT_OK(WriteFileBytes(Path("in.safetensors"), SmallSafetensors()));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  int Convert(const std::string& in, const std::string& out, std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), {"convert", Path(in), Path(out)});
    return Sconce(flags);
  }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }

  // Name, and type and bytes, of every tensor.
  std::map<std::string, std::string> WeightsIn(const std::string& name) const {
    std::map<std::string, std::string> contents;
    const auto weights = WeightsFile::Open(Path(name), {});
    EXPECT_TRUE(weights.ok()) << weights.status();
    if (!weights.ok()) return contents;
    for (const StoredTensor& tensor : (*weights)->tensors()) {
      std::string bytes(tensor.storage->size(), '\0');
      SCONCE_EXPECT_OK(tensor.storage->ReadInto(bytes.data()));
      contents[tensor.name] = std::string(tensor.dtype->name) + ":" + bytes;
    }
    return contents;
  }

  const std::string folder_ = ::testing::TempDir() + "run_convert_test";
};

TEST_F(RunConvertTest, ThereAndBackNothingIsLost) {
  EXPECT_EQ(Convert("in.safetensors", "a.pth"), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(Path("a.pth") + "\n"));
  EXPECT_EQ(Convert("a.pth", "b.safetensors", {"--json"}), 0) << err_;
  EXPECT_EQ(Json()["path"], Path("b.safetensors"));
  EXPECT_EQ(Json()["bytes"], std::filesystem::file_size(Path("b.safetensors")));
  EXPECT_EQ(WeightsIn("b.safetensors"), WeightsIn("in.safetensors"));
  EXPECT_EQ(WeightsIn("a.pth").size(), 2u);
  EXPECT_EQ(*ReadFileBytes(Path("in.safetensors")), SmallSafetensors());
}

TEST_F(RunConvertTest, AFolderOfShardsIsWrittenAndRead) {
  EXPECT_EQ(Convert("in.safetensors", "shards", {"--shard-size", "16B", "--json"}), 0) << err_;
  EXPECT_EQ(Json()["files"].size(), 3u);
  EXPECT_EQ(Convert("shards", "b.pth"), 0) << err_;
  EXPECT_EQ(WeightsIn("b.pth"), WeightsIn("in.safetensors"));
  SCONCE_ASSERT_OK(WriteFileBytes(Path("shards/other.index.json"), "{}"));
  EXPECT_EQ(Convert("shards", "c.pth"), 1);
  EXPECT_THAT(err_, HasSubstr("other.index.json"));
}

TEST_F(RunConvertTest, TypesAreConvertedAlsoInPlace) {
  EXPECT_EQ(Convert("in.safetensors", "in.safetensors", {"--dtype", "bfloat16"}), 0) << err_;
  EXPECT_EQ(WeightsIn("in.safetensors")["fc.bias"], std::string("bfloat16:\0\x3f\0\xbf", 13));
}

TEST_F(RunConvertTest, TheWeightsOfACheckpointAreNamed) {
  EXPECT_EQ(Convert("in.safetensors", "a.ckpt", {"--format", "checkpoint", "--set", "epoch=3"}), 0)
      << err_;
  EXPECT_EQ(Convert("a.ckpt", "b.safetensors", {"--weights-key", "model_state_dict"}), 0) << err_;
  EXPECT_EQ(WeightsIn("b.safetensors"), WeightsIn("in.safetensors"));
  EXPECT_EQ(Convert("a.ckpt", "c.safetensors", {"--weights-key", "nobody"}), 1);
  EXPECT_THAT(err_, HasSubstr("nobody"));
}

TEST_F(RunConvertTest, ACheckpointKeepsTheWeightsThatWereNotMeant) {
  EXPECT_EQ(Convert("in.safetensors", "a.ckpt", {"--format", "checkpoint", "--set", "epoch=3"}), 0)
      << err_;
  EXPECT_EQ(Convert("a.ckpt", "b.ckpt",
                    {"--format", "checkpoint", "--weights-key", "model_state_dict", "--set",
                     "epoch=4", "--dtype", "float16"}),
            0)
      << err_;
  EXPECT_EQ(WeightsIn("b.ckpt").size(), 2u);
  EXPECT_EQ(Sconce({"inspect", Path("b.ckpt"), "--json"}), 0);
  EXPECT_THAT(out_, HasSubstr("epoch"));
}

TEST_F(RunConvertTest, WhatFailsLeavesNothing) {
  SCONCE_ASSERT_OK(WriteFileBytes(Path("bad.pth"), "just text\n"));
  EXPECT_EQ(Convert("bad.pth", "b.safetensors"), 1);
  EXPECT_EQ(Convert("nothing.pth", "b.safetensors", {"--json"}), 1);
  EXPECT_EQ(Json()["error"]["code"], "NOT_FOUND");
  EXPECT_EQ(Convert("in.safetensors", "b.pth", {"--shard-size", "1MB", "--format", "state_dict"}),
            1);
  EXPECT_FALSE(std::filesystem::exists(Path("b.safetensors")));
  EXPECT_FALSE(std::filesystem::exists(Path("b.pth")));
}

TEST_F(RunConvertTest, TorchScriptIsRefusedWithTheReason) {
  EXPECT_EQ(Convert("in.safetensors", "b.pt", {"--format", "torchscript"}), 1);
  EXPECT_THAT(err_, HasSubstr("--skeleton MODEL.pt"));
}

TEST_F(RunConvertTest, WrongUsageIsTwo) {
  EXPECT_EQ(Sconce({"convert", "a.pth"}), 2);
  EXPECT_EQ(Sconce({"convert", "a.pth", "b.onnx"}), 2);
  EXPECT_THAT(err_, HasSubstr("the name 'b.onnx' does not say what to write; add --format"));
  EXPECT_EQ(Sconce({"convert", "--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("--weights-key KEY"));
}

}  // namespace
}  // namespace sconce::cli
