// Everything but inference, over a real connection.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>

#include "tests/rpc/rpc_fixture.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

template <typename Stub, typename Request, typename Response>
grpc::Status Call(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const Request& request, Response& response) {
  grpc::ClientContext context;
  return (stub.*method)(&context, request, &response);
}

using OipStub = inference::GRPCInferenceService::Stub;
using ControlStub = v1::ModelServer::Stub;

TEST_F(RpcTest, LiveAndReady) {
  inference::ServerLiveResponse live;
  ASSERT_TRUE(Call(*oip, &OipStub::ServerLive, {}, live).ok());
  EXPECT_TRUE(live.live());
  inference::ServerReadyResponse ready;
  repository.SetReady(false);
  ASSERT_TRUE(Call(*oip, &OipStub::ServerReady, {}, ready).ok());
  EXPECT_FALSE(ready.ready());
  repository.SetReady(true);
  ASSERT_TRUE(Call(*oip, &OipStub::ServerReady, {}, ready).ok());
  EXPECT_TRUE(ready.ready());
}

TEST_F(RpcTest, ModelReadyAnswersForUnknownModelsToo) {
  repository.Add("m", 1, std::make_shared<FakeExecutable>());
  inference::ModelReadyRequest request;
  request.set_name("m");
  inference::ModelReadyResponse response;
  ASSERT_TRUE(Call(*oip, &OipStub::ModelReady, request, response).ok());
  EXPECT_TRUE(response.ready());
  request.set_name("nobody");
  ASSERT_TRUE(Call(*oip, &OipStub::ModelReady, request, response).ok());
  EXPECT_FALSE(response.ready());
  request.set_version("x");
  EXPECT_EQ(Call(*oip, &OipStub::ModelReady, request, response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RpcTest, ServerMetadataNamesItself) {
  inference::ServerMetadataResponse response;
  ASSERT_TRUE(Call(*oip, &OipStub::ServerMetadata, {}, response).ok());
  EXPECT_EQ(response.name(), "sconce");
  EXPECT_EQ(response.version(), "1.2.3");
  EXPECT_THAT(response.extensions(), Contains("model_repository"));
}

TEST_F(RpcTest, ModelMetadataListsTheReadyVersions) {
  repository.Add("m", 1, std::make_shared<FakeExecutable>());
  repository.Add("m", 4, std::make_shared<FakeExecutable>());
  inference::ModelMetadataRequest request;
  request.set_name("m");
  inference::ModelMetadataResponse response;
  ASSERT_TRUE(Call(*oip, &OipStub::ModelMetadata, request, response).ok());
  EXPECT_THAT(response.versions(), ::testing::ElementsAre("1", "4"));
  EXPECT_EQ(response.inputs(0).name(), "x");
  request.set_name("nobody");
  EXPECT_EQ(Call(*oip, &OipStub::ModelMetadata, request, response).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(RpcTest, ModelConfigIsCompleted) {
  repository.Add("m", 1, std::make_shared<FakeExecutable>());
  inference::ModelConfigRequest request;
  request.set_name("m");
  inference::ModelConfigResponse response;
  ASSERT_TRUE(Call(*oip, &OipStub::ModelConfig, request, response).ok());
  EXPECT_EQ(response.config().platform(), "pytorch_libtorch");
  EXPECT_EQ(response.config().input(0).name(), "x");
}

TEST_F(RpcTest, StatisticsOfOneModelOrOfAll) {
  repository.Add("a", 1, std::make_shared<FakeExecutable>());
  repository.Add("b", 1, std::make_shared<FakeExecutable>());
  ASSERT_TRUE(Infer(Request("a", {1})).ok());
  inference::ModelStatisticsRequest request;
  inference::ModelStatisticsResponse all;
  ASSERT_TRUE(Call(*oip, &OipStub::ModelStatistics, request, all).ok());
  EXPECT_EQ(all.model_stats_size(), 2);
  request.set_name("a");
  inference::ModelStatisticsResponse one;
  ASSERT_TRUE(Call(*oip, &OipStub::ModelStatistics, request, one).ok());
  ASSERT_EQ(one.model_stats_size(), 1);
  EXPECT_EQ(one.model_stats(0).inference_count(), 1U);
  EXPECT_EQ(one.model_stats(0).execution_count(), 1U);
  EXPECT_GT(one.model_stats(0).last_inference(), 0U);
  EXPECT_GT(one.model_stats(0).inference_stats().success().ns(), 0U);
  request.set_name("nobody");
  EXPECT_EQ(Call(*oip, &OipStub::ModelStatistics, request, one).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(RpcTest, IndexListsModels) {
  repository.Add("a", 1, std::make_shared<FakeExecutable>());
  inference::RepositoryIndexResponse response;
  ASSERT_TRUE(Call(*oip, &OipStub::RepositoryIndex, {}, response).ok());
  ASSERT_EQ(response.models_size(), 1);
  EXPECT_EQ(response.models(0).state(), "READY");
}

TEST_F(RpcTest, RepositoryLoadHandsOverTheConfig) {
  std::optional<Repository::LoadRequest> seen;
  repository.on_load = [&seen](const Repository::LoadRequest& request) {
    seen = request;
    return ModelInfo{};
  };
  inference::RepositoryModelLoadRequest request;
  request.set_model_name("m");
  (*request.mutable_parameters())["config"].set_string_param("{}");
  inference::RepositoryModelLoadResponse response;
  ASSERT_TRUE(Call(*oip, &OipStub::RepositoryModelLoad, request, response).ok());
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->name, "m");
  EXPECT_EQ(seen->config_json, "{}");
}

TEST_F(RpcTest, UnloadReachesTheRepository) {
  std::string seen;
  repository.on_unload = [&seen](const std::string& name, int64_t version) {
    seen = name + "/" + std::to_string(version);
    return absl::OkStatus();
  };
  inference::RepositoryModelUnloadRequest request;
  request.set_model_name("m");
  (*request.mutable_parameters())["unload_dependents"].set_bool_param(true);
  inference::RepositoryModelUnloadResponse response;
  ASSERT_TRUE(Call(*oip, &OipStub::RepositoryModelUnload, request, response).ok());
  EXPECT_EQ(seen, "m/0");
  v1::UnloadModelRequest own;
  own.set_name("m");
  own.set_version(2);
  v1::UnloadModelResponse done;
  ASSERT_TRUE(Call(*control, &ControlStub::UnloadModel, own, done).ok());
  EXPECT_EQ(seen, "m/2");
}

TEST_F(RpcTest, LoadModelAnswersWithTheVersionOrTheReason) {
  repository.on_load = [](const Repository::LoadRequest& request) -> absl::StatusOr<ModelInfo> {
    if (request.path == "bad.pt") return absl::FailedPreconditionError("it is a cake");
    ModelInfo info;
    info.name = request.name;
    info.version = request.version;
    info.state = ModelState::kReady;
    return info;
  };
  v1::LoadModelRequest request;
  request.set_name("m");
  request.set_version(2);
  v1::LoadModelResponse response;
  ASSERT_TRUE(Call(*control, &ControlStub::LoadModel, request, response).ok());
  EXPECT_EQ(response.model().version(), 2);
  EXPECT_EQ(response.model().state(), v1::MODEL_STATE_READY);
  request.set_path("bad.pt");
  const grpc::Status status = Call(*control, &ControlStub::LoadModel, request, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "it is a cake");
  request.set_version(-1);
  EXPECT_EQ(Call(*control, &ControlStub::LoadModel, request, response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RpcTest, LoadThatTakesItsTimeStopsNobody) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> loading{0};
  repository.on_load = [&](const Repository::LoadRequest&) {
    ++loading;
    released.wait();
    return ModelInfo{};
  };
  repository.Add("echo", 1, std::make_shared<FakeExecutable>());
  std::vector<std::thread> loads;
  for (int i = 0; i < 8; ++i) {
    loads.emplace_back([this] {
      v1::LoadModelResponse response;
      EXPECT_TRUE(Call(*control, &ControlStub::LoadModel, {}, response).ok());
    });
  }
  while (loading == 0) std::this_thread::yield();
  EXPECT_TRUE(Infer(Request("echo", {1})).ok());
  inference::ServerLiveResponse live;
  EXPECT_TRUE(Call(*oip, &OipStub::ServerLive, {}, live).ok());
  release.set_value();
  for (std::thread& load : loads) load.join();
}

TEST_F(RpcTest, ListAndGetModels) {
  repository.Add("a", 1, std::make_shared<FakeExecutable>());
  v1::ListModelsResponse list;
  ASSERT_TRUE(Call(*control, &ControlStub::ListModels, {}, list).ok());
  ASSERT_EQ(list.models_size(), 1);
  EXPECT_EQ(list.models(0).methods(0).inputs(0).tensor().name(), "x");
  v1::GetModelRequest request;
  request.set_name("a");
  v1::GetModelResponse one;
  ASSERT_TRUE(Call(*control, &ControlStub::GetModel, request, one).ok());
  EXPECT_EQ(one.model().name(), "a");
  request.set_name("nobody");
  EXPECT_EQ(Call(*control, &ControlStub::GetModel, request, one).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(RpcTest, SaveCheckpointSaysWhatItWrote) {
  repository.on_save = [](const WriteOptions& options, const std::string& path) {
    EXPECT_EQ(options.format, CheckpointFormat::kStateDict);
    return Repository::SavedCheckpoint{"/c/" + path, {{"", 42, "abc"}}};
  };
  v1::SaveCheckpointRequest request;
  request.set_format(v1::CHECKPOINT_FORMAT_STATE_DICT);
  request.set_path("x.pt");
  v1::SaveCheckpointResponse response;
  ASSERT_TRUE(Call(*control, &ControlStub::SaveCheckpoint, request, response).ok());
  EXPECT_EQ(response.path(), "/c/x.pt");
  EXPECT_EQ(response.bytes(), 42U);
  EXPECT_EQ(response.sha256(), "abc");
  EXPECT_EQ(response.files(0).bytes(), 42U);
  request.set_format(v1::CHECKPOINT_FORMAT_UNSPECIFIED);
  EXPECT_EQ(Call(*control, &ControlStub::SaveCheckpoint, request, response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RpcTest, ExceptionOfALoadIsAnAnswer) {
  repository.on_load = [](const Repository::LoadRequest&) -> absl::StatusOr<ModelInfo> {
    throw std::runtime_error("unforeseen");
  };
  v1::LoadModelResponse response;
  const grpc::Status status = Call(*control, &ControlStub::LoadModel, {}, response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_THAT(status.error_message(), HasSubstr("unforeseen"));
}

}  // namespace
}  // namespace sconce::testing
