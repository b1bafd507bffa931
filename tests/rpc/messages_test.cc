// The engine's words in the protocols' words.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/rpc/inference_messages.h"
#include "server/rpc/model_messages.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

Argument Input(const std::string& name, ArgumentKind kind) {
  Argument argument;
  argument.spec.name = name;
  argument.kind = kind;
  return argument;
}

ModelInfo Digits() {
  ModelInfo info;
  info.name = "digits";
  info.version = 3;
  info.state = ModelState::kReady;
  info.device = "cuda:0";
  info.bytes = 1000;
  Signature forward;
  forward.inputs = {Input("x", ArgumentKind::kTensor), Input("mask", ArgumentKind::kTensor),
                    Input("k", ArgumentKind::kInt), Input("s", ArgumentKind::kStringList)};
  forward.inputs[0].spec.datatype = Datatype::kFp32;
  forward.inputs[0].spec.shape = std::vector<int64_t>{-1, 64};
  forward.inputs[1].optional = true;
  forward.inputs[1].default_text = "None";
  forward.outputs = {{"scores", Datatype::kFp32, std::vector<int64_t>{-1, 10}},
                     {"rest", Datatype::kUnknown, {}}};
  info.signatures = {forward};
  return info;
}

TEST(ParseModelVersion, TakesNumbersAndNothingElse) {
  EXPECT_EQ(*ParseModelVersion(""), 0);
  EXPECT_EQ(*ParseModelVersion("0"), 0);
  EXPECT_EQ(*ParseModelVersion("12"), 12);
  for (const char* text : {"x", "1x", "-1", " 1", "1.0", "99999999999999999999"}) {
    EXPECT_THAT(ParseModelVersion(text), StatusIs(absl::StatusCode::kInvalidArgument,
                                                  HasSubstr(std::string("'") + text + "'")));
  }
}

TEST(ModelMetadata, HasNamesTypesAndShapes) {
  const auto metadata = MetadataOf(Digits(), {1, 3});
  EXPECT_EQ(metadata.platform(), "pytorch_libtorch");
  EXPECT_THAT(metadata.versions(), ElementsAre("1", "3"));
  ASSERT_EQ(metadata.inputs_size(), 4);
  EXPECT_EQ(metadata.inputs(0).datatype(), "FP32");
  EXPECT_THAT(metadata.inputs(0).shape(), ElementsAre(-1, 64));
  EXPECT_EQ(metadata.inputs(1).datatype(), "");
  EXPECT_THAT(metadata.inputs(1).shape(), ElementsAre(-1));
  EXPECT_EQ(metadata.inputs(2).datatype(), "INT64");
  EXPECT_THAT(metadata.inputs(2).shape(), ElementsAre(1));
  EXPECT_EQ(metadata.inputs(3).datatype(), "BYTES");
  EXPECT_EQ(metadata.outputs(0).name(), "scores");
  EXPECT_THAT(metadata.outputs(1).shape(), ElementsAre(-1));
}

TEST(ModelConfig, FillsInWhatTheFolderLeftOut) {
  const auto config = ConfigOf(Digits());
  EXPECT_EQ(config.name(), "digits");
  EXPECT_EQ(config.platform(), "pytorch_libtorch");
  EXPECT_EQ(config.backend(), "pytorch");
  EXPECT_EQ(config.input(0).data_type(), inference::TYPE_FP32);
  EXPECT_THAT(config.input(0).dims(), ElementsAre(-1, 64));
  EXPECT_TRUE(config.input(1).optional());
  EXPECT_EQ(config.input(1).data_type(), inference::TYPE_INVALID);
  EXPECT_EQ(config.input(3).data_type(), inference::TYPE_STRING);
  EXPECT_THAT(config.output(0).dims(), ElementsAre(-1, 10));
}

TEST(ModelConfig, KeepsWhatTheFolderSaid) {
  ModelInfo info = Digits();
  info.config.set_max_batch_size(8);
  info.config.add_input()->set_name("INPUT__0");
  const auto config = ConfigOf(info);
  ASSERT_EQ(config.input_size(), 1);
  EXPECT_EQ(config.input(0).name(), "INPUT__0");
  EXPECT_THAT(config.output(0).dims(), ElementsAre(10));  // the batch dimension is left out
}

TEST(ModelStatistics, CarriesTheSums) {
  StatisticsSnapshot sums;
  sums.success = {4, 400};
  sums.failure = {1, 50};
  sums.compute = {4, 300};
  sums.executions = 4;
  sums.last_inference_unix_ms = 99;
  const auto statistics = StatisticsOf(Digits(), sums);
  EXPECT_EQ(statistics.version(), "3");
  EXPECT_EQ(statistics.inference_count(), 4U);
  EXPECT_EQ(statistics.execution_count(), 4U);
  EXPECT_EQ(statistics.last_inference(), 99U);
  EXPECT_EQ(statistics.inference_stats().fail().count(), 1U);
  EXPECT_EQ(statistics.inference_stats().compute_infer().ns(), 300U);
  EXPECT_EQ(statistics.batch_stats(0).batch_size(), 1U);
  EXPECT_EQ(statistics.memory_usage(0).type(), "GPU");
  EXPECT_EQ(statistics.memory_usage(0).byte_size(), 1000U);
}

TEST(RepositoryIndex, StatesAreTritons) {
  const std::vector<std::pair<ModelState, std::string>> states = {
      {ModelState::kLoading, "LOADING"},
      {ModelState::kReady, "READY"},
      {ModelState::kDraining, "UNLOADING"},
      {ModelState::kUnloaded, "UNAVAILABLE"},
      {ModelState::kFailed, "UNAVAILABLE"}};
  for (const auto& [state, name] : states) {
    ModelInfo info = Digits();
    info.state = state;
    info.reason = "why";
    EXPECT_EQ(IndexEntryOf(info).state(), name);
  }
}

TEST(RepositoryLoad, RefusesParametersByName) {
  inference::RepositoryModelLoadRequest files;
  (*files.mutable_parameters())["file:1/model.pt"].set_bytes_param("x");
  EXPECT_THAT(LoadRequestOf(files),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'file:1/model.pt'")));
  inference::RepositoryModelLoadRequest unknown;
  (*unknown.mutable_parameters())["speed"].set_bool_param(true);
  EXPECT_THAT(LoadRequestOf(unknown),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'speed'")));
  inference::RepositoryModelLoadRequest other;
  other.set_repository_name("second");
  EXPECT_THAT(LoadRequestOf(other),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'second'")));
  inference::RepositoryModelUnloadRequest unload;
  (*unload.mutable_parameters())["force"].set_bool_param(true);
  EXPECT_THAT(CheckUnloadRequest(unload),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'force'")));
}

TEST(LoadModelMessage, CarriesEverything) {
  v1::LoadModelRequest request;
  request.set_name("n");
  request.set_path("p");
  request.set_version(3);
  request.set_skeleton("s");
  request.set_device("cpu");
  request.set_weights_key("ema");
  request.set_allow_missing(true);
  const Repository::LoadRequest load = LoadRequestOf(request);
  EXPECT_EQ(load.name, "n");
  EXPECT_EQ(load.path, "p");
  EXPECT_EQ(load.version, 3);
  EXPECT_EQ(load.skeleton, "s");
  EXPECT_EQ(load.device, "cpu");
  EXPECT_EQ(load.weights_key, "ema");
  EXPECT_TRUE(load.allow_missing);
  EXPECT_FALSE(load.allow_unexpected);
  request.set_allow_unexpected(true);
  EXPECT_TRUE(LoadRequestOf(request).allow_unexpected);
}

TEST(ModelVersionMessage, CarriesEverything) {
  ModelInfo info = Digits();
  info.state = ModelState::kFailed;
  info.reason = "why";
  info.format = "torchscript";
  info.path = "p";
  info.skeleton = "s";
  info.stateful = true;
  info.notes = {"one", "two"};
  info.loaded_at = std::chrono::system_clock::time_point(std::chrono::seconds(1234));
  info.load_seconds = 0.5;
  info.is_default = true;
  const v1::ModelVersion message = ModelVersionOf(info);
  EXPECT_EQ(message.state(), v1::MODEL_STATE_FAILED);
  EXPECT_EQ(message.reason(), "why");
  EXPECT_EQ(message.format(), "torchscript");
  EXPECT_EQ(message.skeleton(), "s");
  EXPECT_EQ(message.bytes(), 1000U);
  EXPECT_TRUE(message.stateful());
  EXPECT_THAT(message.notes(), ElementsAre("one", "two"));
  EXPECT_EQ(message.loaded_at().seconds(), 1234);
  EXPECT_TRUE(message.is_default());
  const auto& method = message.methods(0);
  EXPECT_EQ(method.name(), "forward");
  EXPECT_TRUE(method.inputs(0).tensor().has_shape());
  EXPECT_FALSE(method.inputs(1).tensor().has_shape());
  EXPECT_TRUE(method.inputs(1).optional());
  EXPECT_EQ(method.inputs(1).default_value(), "None");
  EXPECT_EQ(method.outputs(0).name(), "scores");
}

}  // namespace
}  // namespace sconce
