#include "server/repository/model_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/repository/model_config.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;

absl::StatusOr<ModelSettings> Settings(const std::string& text) {
  const auto config = ParseConfigText(text, "f");
  EXPECT_TRUE(config.ok()) << config.status();
  return SettingsOf(*config, "digits", "digits/config.pbtxt");
}

TEST(ModelSettings, NothingSaidLeavesEverythingToSconce) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModelSettings settings, Settings(""));
  EXPECT_EQ(settings.instances, 0);
  EXPECT_EQ(settings.intra_op, 0);
  EXPECT_EQ(settings.device, "");
  EXPECT_TRUE(settings.inputs.empty());
  EXPECT_EQ(settings.config.name(), "digits");
  EXPECT_EQ(settings.config.backend(), "pytorch");
}

TEST(ModelSettings, DeclaredTensorsBecomeSpecs) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModelSettings settings, Settings(R"(
      input { name: "x" data_type: TYPE_FP32 dims: [ -1, 8 ] }
      input { name: "words" data_type: TYPE_STRING optional: true }
      output { name: "y" data_type: TYPE_INT64 dims: 3 })"));
  ASSERT_EQ(settings.inputs.size(), 2u);
  EXPECT_EQ(ToString(settings.inputs[0]), "FP32[-1,8]");
  EXPECT_EQ(settings.inputs[1].datatype, Datatype::kBytes);
  EXPECT_FALSE(settings.inputs[1].shape.has_value());
  EXPECT_EQ(settings.optional_inputs, std::vector<std::string>{"words"});
  EXPECT_EQ(ToString(settings.outputs[0]), "INT64[3]");
}

TEST(ModelSettings, EveryDatatypeOfTheProtocolCanBeDeclared) {
  for (int type = inference::TYPE_BOOL; type <= inference::DataType_MAX; ++type) {
    inference::ModelConfig config;
    auto* input = config.add_input();
    input->set_name("x");
    input->set_data_type(static_cast<inference::DataType>(type));
    SCONCE_ASSERT_OK_AND_ASSIGN(const ModelSettings settings, SettingsOf(config, "m", "f"));
    EXPECT_NE(settings.inputs[0].datatype, Datatype::kUnknown) << type;
  }
}

TEST(ModelSettings, BatchingAddsTheBatchDimension) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const ModelSettings settings, Settings(R"(
      max_batch_size: 4
      input { name: "x" data_type: TYPE_FP32 dims: 8 })"));
  EXPECT_EQ(ToString(settings.inputs[0]), "FP32[-1,8]");
}

struct PlaceCase {
  std::string group, device;
  int instances;
};

TEST(ModelSettings, InstanceGroupSaysWhereAndHowMany) {
  const PlaceCase cases[] = {
      {"count: 3 kind: KIND_CPU", "cpu", 3},
      {"kind: KIND_GPU gpus: 1", "cuda:1", 0},
      {"kind: KIND_GPU count: 2", "cuda", 2},
      {"gpus: 2", "cuda:2", 0},
      {"count: 2", "", 2},
  };
  for (const PlaceCase& c : cases) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const ModelSettings settings,
                                Settings("instance_group { " + c.group + " }"));
    EXPECT_EQ(settings.device, c.device) << c.group;
    EXPECT_EQ(settings.instances, c.instances) << c.group;
  }
}

std::string Parameter(const std::string& key, const std::string& value) {
  return "parameters { key: \"" + key + "\" value { string_value: \"" + value + "\" } }\n";
}

TEST(ModelSettings, ParametersAreObeyed) {
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const ModelSettings settings,
      Settings(Parameter("SKELETON", "net.pt") + Parameter("INTRA_OP_THREAD_COUNT", "3") +
               Parameter("WEIGHTS_KEY", "state.model") + Parameter("ALLOW_MISSING", "True") +
               Parameter("ALLOW_UNEXPECTED", "false")));
  EXPECT_EQ(settings.skeleton, "net.pt");
  EXPECT_EQ(settings.weights_key, "state.model");
  EXPECT_TRUE(settings.allow_missing);
  EXPECT_FALSE(settings.allow_unexpected);
  EXPECT_EQ(settings.intra_op, 3);
  EXPECT_TRUE(settings.notes.empty());
}

TEST(ModelSettings, HintsForTritonAreTakenAndNoted) {
  for (const char* key : {"INFERENCE_MODE", "DISABLE_OPTIMIZED_EXECUTION", "ENABLE_WEIGHT_SHARING",
                          "ENABLE_CACHE_CLEANING", "ENABLE_JIT_EXECUTOR", "ENABLE_JIT_PROFILING"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const ModelSettings settings, Settings(Parameter(key, "true")));
    ASSERT_EQ(settings.notes.size(), 1u) << key;
    EXPECT_THAT(settings.notes[0], HasSubstr(key));
    EXPECT_THAT(Settings(Parameter(key, "maybe")),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"true\" or \"false\"")));
  }
  SCONCE_EXPECT_OK(Settings(Parameter("INTER_OP_THREAD_COUNT", "1")));
}

struct RefusedCase {
  std::string text, words;
};

TEST(ModelSettings, RefusesContradictions) {
  const RefusedCase cases[] = {
      {"name: \"other\"", "the name is \"other\", but the model is called \"digits\""},
      {"max_batch_size: -1", "max_batch_size is -1"},
      {"input { data_type: TYPE_FP32 }", "has no name"},
      {"input { name: \"x\" }", "\"x\" has no data_type"},
      {"input { name: \"x\" data_type: TYPE_FP32 dims: 0 }", "dimension 0"},
      {"output { name: \"y\" data_type: TYPE_FP32 dims: -2 }", "dimension -2"},
      {"input { name: \"x\" data_type: TYPE_FP32 } input { name: \"x\" data_type: TYPE_FP32 }",
       "two inputs are called \"x\""},
      {"instance_group { count: -1 }", "count -1"},
      {"instance_group { kind: KIND_CPU gpus: 0 }", "KIND_CPU names a GPU"},
      {"instance_group { gpus: -1 }", "no GPU -1"},
      {"version_policy { specific {} }", "names no versions"},
      {"version_policy { specific { versions: 0 } }", "0 is no version"},
      {"default_model_filename: \"../x.pt\"", "not a path"},
      {Parameter("SKELETON", "a/b.pt"), "not a path"},
      {Parameter("SKELETON", ".."), "not a path"},
      {Parameter("WEIGHTS_KEY", ""), "parameter WEIGHTS_KEY is \"\""},
      {Parameter("ALLOW_MISSING", "1"), "\"true\" or \"false\""},
      {Parameter("ALLOW_UNEXPECTED", ""), "\"true\" or \"false\""},
      {Parameter("INTRA_OP_THREAD_COUNT", "many"), "a number of threads"},
      {Parameter("EXECUTION_ENV_PATH", "x"), "no parameter \"EXECUTION_ENV_PATH\""},
  };
  for (const RefusedCase& c : cases) {
    EXPECT_THAT(Settings(c.text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("digits/config.pbtxt: "), HasSubstr(c.words))));
  }
}

TEST(ModelSettings, RefusesWhatSconceDoesNotDo) {
  const RefusedCase cases[] = {
      {"platform: \"onnxruntime_onnx\"", "this is a model for \"onnxruntime_onnx\""},
      {"backend: \"python\"", "this is a model for \"python\""},
      {"instance_group { kind: KIND_MODEL }", "KIND_MODEL"},
      {"instance_group { gpus: [0, 1] }", "2 GPUs"},
      {"instance_group {} instance_group {}", "2 instance groups"},
  };
  for (const RefusedCase& c : cases) {
    EXPECT_THAT(Settings(c.text),
                StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(c.words)));
  }
}

}  // namespace
}  // namespace sconce
