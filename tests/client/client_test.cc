#include "client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/client/fake_model_server.h"
#include "tests/testing/memory_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using testing::FakeModelServer;
using ::testing::HasSubstr;
using testing::IrisModel;
using testing::IsOk;
using testing::MemoryFiles;
using ::testing::Pair;
using testing::PulledFile;
using ::testing::SizeIs;
using testing::StatusIs;

class ClientTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.models["iris"] = IrisModel();
    server_.models["broken"] = IrisModel();
    auto client = Client::Connect(server_.address());
    SCONCE_ASSERT_OK(client);
    client_ = *std::move(client);
  }

  FakeModelServer server_;
  std::unique_ptr<Client> client_;
};

Tensor Strings(std::string name, std::vector<std::string> strings) {
  const int64_t count = static_cast<int64_t>(strings.size());
  return Tensor{std::move(name), "BYTES", {count}, {}, std::move(strings)};
}

TEST_F(ClientTest, InferCarriesTensorsRawBothWays) {
  const auto x = MakeTensor<float>("x", {1, 2}, {1.5f, -2});
  const auto y = Strings("y", {"a", "", std::string("\0b", 2)});
  SCONCE_ASSERT_OK_AND_ASSIGN(const InferResult result,
                              client_->Infer({.model = "iris", .id = "7", .inputs = {x, y}}));
  EXPECT_EQ(result.model, "iris");
  EXPECT_EQ(result.version, "2");
  EXPECT_EQ(result.id, "7");
  ASSERT_THAT(result.outputs, SizeIs(2));
  EXPECT_EQ(result.outputs[0].shape, x.shape);
  EXPECT_THAT(*ValuesOf<float>(result.outputs[0]), ElementsAre(1.5f, -2));
  EXPECT_EQ(result.Find("y")->strings, y.strings);
  EXPECT_EQ(result.Find("z"), nullptr);
}

TEST_F(ClientTest, InferNamesMethodVersionAndOutputs) {
  SCONCE_ASSERT_OK(client_->Infer(
      {.model = "iris", .version = 3, .method = "encode", .outputs = {"embedding"}}));
  const inference::ModelInferRequest sent = server_.last_infer();
  EXPECT_EQ(sent.model_version(), "3");
  EXPECT_EQ(sent.parameters().at("method").string_param(), "encode");
  EXPECT_EQ(sent.outputs(0).name(), "embedding");
}

TEST_F(ClientTest, InferWithoutVersionAndMethodSendsNeither) {
  SCONCE_ASSERT_OK(client_->Infer({.model = "iris"}));
  EXPECT_EQ(server_.last_infer().model_version(), "");
  EXPECT_TRUE(server_.last_infer().parameters().empty());
}

TEST_F(ClientTest, InferRefusesContentsThatContradictTheShape) {
  const auto x = MakeTensor<float>("x", {1, 3}, {1, 2});
  EXPECT_THAT(client_->Infer({.model = "iris", .inputs = {x}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("x: FP32[1,3]")));
}

TEST_F(ClientTest, InferRefusesAnAnswerWithoutItsContents) {
  const auto x = MakeTensor<float>("x", {1}, {1});
  EXPECT_THAT(client_->Infer({.model = "broken", .inputs = {x}}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("1 outputs and 0 raw contents")));
}

TEST_F(ClientTest, MessagesBeyondFourMebibytesPass) {
  const auto x = MakeTensor<float>("x", {2 << 20}, std::vector<float>(2 << 20, 1));
  SCONCE_ASSERT_OK_AND_ASSIGN(const InferResult result,
                              client_->Infer({.model = "iris", .inputs = {x}}));
  EXPECT_EQ(result.outputs[0].bytes, x.bytes);
}

TEST_F(ClientTest, MessageLimitIsKept) {
  ClientOptions options;
  options.max_message_bytes = 1000;
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto client, Client::Connect(server_.address(), options));
  const auto x = MakeTensor<float>("x", {1000}, std::vector<float>(1000, 1));
  EXPECT_THAT(client->Infer({.model = "iris", .inputs = {x}}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("1000")));
}

TEST_F(ClientTest, DaemonsCodeAndMessageArriveUnchanged) {
  EXPECT_THAT(client_->GetModel("nobody"),
              StatusIs(absl::StatusCode::kNotFound, "no model 'nobody'"));
}

TEST_F(ClientTest, TimeoutEndsACall) {
  ClientOptions options;
  options.timeout = std::chrono::milliseconds(50);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto client, Client::Connect(server_.address(), options));
  EXPECT_THAT(client->Infer({.model = "slow"}),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "no answer within 0.05 s"));
}

TEST_F(ClientTest, ControlCallsCarryTheirArguments) {
  v1::LoadModelRequest load;
  load.set_name("net");
  load.set_path("net.pt");
  load.set_skeleton("shape.pt");
  SCONCE_ASSERT_OK_AND_ASSIGN(const v1::ModelVersion loaded, client_->LoadModel(load));
  EXPECT_EQ(loaded.name(), "net");
  EXPECT_EQ(server_.last_load().skeleton(), "shape.pt");
  SCONCE_EXPECT_OK(client_->UnloadModel("iris", 2));
  EXPECT_EQ(server_.last_unload().version(), 2);
  v1::SaveCheckpointRequest save;
  save.set_path("a.pt");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto saved, client_->SaveCheckpoint(save));
  EXPECT_EQ(saved.path(), "/checkpoints/a.pt");
}

TEST_F(ClientTest, PullBringsEveryFile) {
  server_.pull = PulledFile("a.safetensors", "abcdef");
  for (const auto& message : PulledFile("index.json", "{}")) server_.pull.push_back(message);
  v1::PullCheckpointRequest request;
  request.set_name("iris");
  request.mutable_options()->set_dtype("float16");
  MemoryFiles files;
  SCONCE_ASSERT_OK(client_->PullCheckpoint(request, files));
  EXPECT_TRUE(files.finished());
  EXPECT_THAT(files.contents(),
              ElementsAre(Pair("a.safetensors", "abcdef"), Pair("index.json", "{}")));
  EXPECT_EQ(files.announced("a.safetensors"), 6u);
  EXPECT_EQ(server_.last_pull().options().dtype(), "float16");
}

TEST_F(ClientTest, OnlyAPullThatEndsWithOkIsWhole) {
  server_.pull = PulledFile("", "abcdef");
  server_.pull_status = {grpc::StatusCode::FAILED_PRECONDITION, "the file changed"};
  MemoryFiles files;
  EXPECT_THAT(client_->PullCheckpoint({}, files),
              StatusIs(absl::StatusCode::kFailedPrecondition, "the file changed"));
  EXPECT_FALSE(files.finished());
}

TEST_F(ClientTest, APullThatCannotBeKeptIsGivenUp) {
  server_.pull = PulledFile("", "abcdef");
  MemoryFiles files;
  files.FailWith(absl::ResourceExhaustedError("disk full"));
  EXPECT_THAT(client_->PullCheckpoint({}, files),
              StatusIs(absl::StatusCode::kResourceExhausted, "disk full"));
}

TEST_F(ClientTest, ListAndMetadataAnswer) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto models, client_->ListModels());
  ASSERT_THAT(models, SizeIs(2));
  EXPECT_EQ(models[1].name(), "iris");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto metadata, client_->ServerMetadata());
  EXPECT_EQ(metadata.version(), "1.2.3");
}

TEST_F(ClientTest, OneClientServesManyThreads) {
  std::vector<std::thread> threads;
  std::vector<int> right(8, 0);
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto x = MakeTensor<int32_t>("x", {1}, {t * 1000 + i});
        const auto result = client_->Infer({.model = "iris", .inputs = {x}});
        right[t] += result.ok() && result->outputs[0].bytes == x.bytes ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(right, ::testing::Each(50));
}

TEST(Client, ConnectSaysWhenNobodyIsThere) {
  std::string address;
  {
    FakeModelServer gone;
    address = gone.address();
  }
  EXPECT_THAT(Client::Connect(address),
              StatusIs(absl::StatusCode::kUnavailable,
                       "no daemon at " + address + "; start one with sconced --models DIR"));
}

}  // namespace
}  // namespace sconce
