#include "server/rpc/checkpoint_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/formats/tensors/torch_dtype.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

constexpr v1::CheckpointFormat kAll[] = {
    v1::CHECKPOINT_FORMAT_TORCHSCRIPT, v1::CHECKPOINT_FORMAT_STATE_DICT,
    v1::CHECKPOINT_FORMAT_CHECKPOINT, v1::CHECKPOINT_FORMAT_SAFETENSORS};

v1::CheckpointOptions Options(const std::string& dtype, uint64_t shard_bytes,
                              const std::string& values) {
  v1::CheckpointOptions options;
  options.set_dtype(dtype);
  options.set_shard_bytes(shard_bytes);
  options.set_values_json(values);
  return options;
}

TEST(WriteOptionsMessage, EveryFormatIsKnown) {
  constexpr CheckpointFormat kFormats[] = {
      CheckpointFormat::kTorchScript, CheckpointFormat::kStateDict, CheckpointFormat::kCheckpoint,
      CheckpointFormat::kSafetensors};
  for (size_t i = 0; i < std::size(kAll); ++i) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const WriteOptions options, WriteOptionsOf(kAll[i], {}));
    EXPECT_EQ(options.format, kFormats[i]);
    EXPECT_EQ(options.dtype, nullptr);
  }
  for (const int other : {0, 5, -1}) {
    EXPECT_THAT(WriteOptionsOf(static_cast<v1::CheckpointFormat>(other), {}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("format is " + std::to_string(other))));
  }
}

TEST(WriteOptionsMessage, DtypesAreTheThreeThatWeightsCanBecome) {
  for (const char* name : {"float32", "float16", "bfloat16"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(
        const WriteOptions options,
        WriteOptionsOf(v1::CHECKPOINT_FORMAT_STATE_DICT, Options(name, 0, "")));
    EXPECT_EQ(options.dtype, FindDtype(name));
  }
  for (const char* name : {"int8", "float64", "half", "torch.float16"}) {
    EXPECT_THAT(WriteOptionsOf(v1::CHECKPOINT_FORMAT_STATE_DICT, Options(name, 0, "")),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("options.dtype is \"" + std::string(name) + "\"")));
  }
  EXPECT_THAT(WriteOptionsOf(v1::CHECKPOINT_FORMAT_TORCHSCRIPT, Options("float16", 0, "")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("options.dtype")));
}

TEST(WriteOptionsMessage, ShardsAreOfSafetensorsAndValuesOfCheckpoints) {
  for (const v1::CheckpointFormat format : kAll) {
    const auto sharded = WriteOptionsOf(format, Options("", 1000, ""));
    const auto valued = WriteOptionsOf(format, Options("", 0, "{}"));
    if (format == v1::CHECKPOINT_FORMAT_SAFETENSORS) {
      SCONCE_ASSERT_OK(sharded);
      EXPECT_EQ(sharded->shard_bytes, 1000u);
    } else {
      EXPECT_THAT(sharded, StatusIs(absl::StatusCode::kInvalidArgument,
                                    HasSubstr("options.shard_bytes is 1000")));
    }
    if (format == v1::CHECKPOINT_FORMAT_CHECKPOINT) {
      SCONCE_ASSERT_OK(valued);
      EXPECT_EQ(valued->values_json, "{}");
    } else {
      EXPECT_THAT(valued,
                  StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("options.values_json")));
    }
  }
}

TEST(SaveCheckpointMessage, HasTheSumAndTheIndexsDigest) {
  const auto response = SaveCheckpointResponseOf(
      {"/c/x", {{"a.safetensors", 5, "aa"}, {"m.safetensors.index.json", 7, "bb"}}});
  EXPECT_EQ(response.path(), "/c/x");
  EXPECT_EQ(response.bytes(), 12u);
  EXPECT_EQ(response.sha256(), "bb");
  ASSERT_EQ(response.files_size(), 2);
  EXPECT_EQ(response.files(0).name(), "a.safetensors");
  EXPECT_EQ(response.files(0).sha256(), "aa");
  const auto single = SaveCheckpointResponseOf({"/c/x", {{"", 5, "aa"}}});
  EXPECT_EQ(single.sha256(), "aa");
}

}  // namespace
}  // namespace sconce
