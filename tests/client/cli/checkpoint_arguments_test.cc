#include "client/cli/checkpoint_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>

#include "server/formats/tensors/torch_dtype.h"

namespace sconce::cli {
namespace {

using ::testing::HasSubstr;

class CheckpointArgumentsTest : public ::testing::Test {
 protected:
  // What is wrong with the flags; empty: nothing.
  std::string Parse(std::vector<std::string> flags) {
    arguments_ = {};
    CLI::App app;
    AddCheckpointArguments(app, arguments_, /*format_is_required=*/false);
    std::reverse(flags.begin(), flags.end());
    try {
      app.parse(flags);
    } catch (const CLI::ParseError& error) {
      return error.what();
    }
    return "";
  }

  CheckpointArguments arguments_;
};

TEST_F(CheckpointArgumentsTest, SizesHaveTheUnitsPeopleWrite) {
  const std::pair<const char*, uint64_t> cases[] = {
      {"500MB", 500'000'000}, {"2GiB", uint64_t{2} << 30}, {"5gb", 5'000'000'000},
      {"100", 100},           {"64MiB", 64 << 20},         {"3K", 3000},
      {"10 MB", 10'000'000}};
  for (const auto& [text, bytes] : cases) {
    EXPECT_EQ(Parse({"--shard-size", text}), "") << text;
    EXPECT_EQ(arguments_.shard_bytes, bytes) << text;
    EXPECT_TRUE(arguments_.sharded());
  }
  for (const char* text : {"0", "-1", "much", "5XB", "999999999999EB"}) {
    EXPECT_NE(Parse({"--shard-size", text}), "") << text;
  }
}

TEST_F(CheckpointArgumentsTest, ValuesAreOneJsonObject) {
  EXPECT_EQ(Parse({"--set", "epoch=12", "--set", "loss=0.3", "--set", "note=\"a=b\"", "--set",
                   "optimizer_state_dict={\"lr\": 0.1}", "--set", "epoch=13"}),
            "");
  EXPECT_EQ(ValuesJson(arguments_.values),
            R"({"epoch":13,"loss":0.3,"note":"a=b","optimizer_state_dict":{"lr":0.1}})");
  EXPECT_EQ(ValuesJson({}), "");
}

TEST_F(CheckpointArgumentsTest, ValuesThatAreNoJsonAreToldWhatToDo) {
  EXPECT_THAT(Parse({"--set", "epoch"}), HasSubstr("'epoch' is no KEY=JSON"));
  EXPECT_THAT(Parse({"--set", "=1"}), HasSubstr("is no KEY=JSON"));
  EXPECT_THAT(Parse({"--set", "note=hello"}), HasSubstr("'note=\"hello\"'"));
  EXPECT_THAT(Parse({"--set", "loss=nan"}), HasSubstr("is no JSON"));
}

TEST_F(CheckpointArgumentsTest, FormatsAndTypesAreThoseThereAre) {
  const std::pair<const char*, v1::CheckpointFormat> cases[] = {
      {"torchscript", v1::CHECKPOINT_FORMAT_TORCHSCRIPT},
      {"state_dict", v1::CHECKPOINT_FORMAT_STATE_DICT},
      {"checkpoint", v1::CHECKPOINT_FORMAT_CHECKPOINT},
      {"safetensors", v1::CHECKPOINT_FORMAT_SAFETENSORS}};
  for (const auto& [name, message] : cases) {
    EXPECT_EQ(Parse({"--format", name, "--dtype", "bfloat16"}), "");
    EXPECT_EQ(FormatMessage(arguments_), message);
    EXPECT_EQ(OptionsMessage(arguments_).dtype(), "bfloat16");
  }
  EXPECT_THAT(Parse({"--format", "onnx"}), HasSubstr("onnx"));
  EXPECT_THAT(Parse({"--dtype", "int8"}), HasSubstr("int8"));
}

TEST_F(CheckpointArgumentsTest, TheNameSaysTheFormatUnlessAFlagDoes) {
  EXPECT_EQ(Parse({}), "");
  EXPECT_EQ(FormatFor(arguments_, "a/b.safetensors"), CheckpointFormat::kSafetensors);
  for (const char* name : {"x.pt", "x.pth", "x.bin"}) {
    EXPECT_EQ(FormatFor(arguments_, name), CheckpointFormat::kStateDict);
  }
  EXPECT_EQ(FormatFor(arguments_, "x.onnx"), std::nullopt);
  EXPECT_EQ(FormatFor(arguments_, "folder"), std::nullopt);
  EXPECT_EQ(Parse({"--shard-size", "1GB"}), "");
  EXPECT_EQ(FormatFor(arguments_, "folder"), CheckpointFormat::kSafetensors);
  EXPECT_EQ(Parse({"--format", "checkpoint", "--dtype", "float16"}), "");
  EXPECT_EQ(FormatFor(arguments_, "x.safetensors"), CheckpointFormat::kCheckpoint);
  const WriteOptions options = WriteOptionsFor(arguments_, CheckpointFormat::kCheckpoint);
  EXPECT_EQ(options.dtype, FindDtype("float16"));
}

}  // namespace
}  // namespace sconce::cli
