// Start, health, shutdown.

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "tests/rpc/rpc_fixture.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

// grpc.health.v1.Health/Check by hand: the generated messages are not part of gRPC's packages.
class RpcLifecycleTest : public RpcTest {
 protected:
  // The answer's status field: 1 SERVING, 2 NOT_SERVING; -1 for an error.
  int CheckHealth(const std::string& service) {
    const std::string size(1, static_cast<char>(service.size()));
    grpc::ByteBuffer response;
    const grpc::Status status =
        CallRaw("/grpc.health.v1.Health/Check",
                BufferOf(service.empty() ? "" : "\x0A" + size + service), &response);
    const std::string bytes = status.ok() ? BytesOf(response) : "";
    return bytes.size() == 2 ? bytes[1] : -1;
  }
};

RpcServer::Options At(const std::string& address) {
  RpcServer::Options options;
  options.address = address;
  return options;
}

TEST_F(RpcLifecycleTest, HealthFollowsSetServing) {
  for (const char* service : {"", "inference.GRPCInferenceService", "sconce.v1.ModelServer"}) {
    EXPECT_EQ(CheckHealth(service), 2) << service;
  }
  server->SetServing(true);
  for (const char* service : {"", "inference.GRPCInferenceService", "sconce.v1.ModelServer"}) {
    EXPECT_EQ(CheckHealth(service), 1) << service;
  }
  server->SetServing(false);
  EXPECT_EQ(CheckHealth(""), 2);
  EXPECT_EQ(CheckHealth("nobody"), -1);
}

TEST_F(RpcLifecycleTest, BusyPortIsNamed) {
  const std::string address = "127.0.0.1:" + std::to_string(server->port());
  const auto second = RpcServer::Start(At(address), repository, metrics, Clock::Real());
  EXPECT_THAT(second, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(address)));
  const auto elsewhere = RpcServer::Start(At("203.0.113.1:0"), repository, metrics, Clock::Real());
  EXPECT_THAT(elsewhere, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("203.0.113.1")));
}

TEST_F(RpcLifecycleTest, ShutdownLetsCallsFinish) {
  auto fake = std::make_shared<FakeExecutable>();
  fake->CloseGate();
  repository.Add("slow", 1, fake);
  std::vector<std::thread> callers;
  std::atomic<int> answered{0};
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([this, &answered] {
      if (Infer(Request("slow", {1})).ok()) ++answered;
    });
  }
  const auto serving = *repository.Find("slow", 0);
  fake->WaitUntilRunning(2);
  while (serving->batcher->queue_depth() < 4) std::this_thread::yield();
  server->SetServing(true);
  auto down = std::async(std::launch::async, [this] { server->Shutdown(seconds(60)); });
  while (CheckHealth("") == 1) std::this_thread::yield();
  EXPECT_EQ(Infer(Request("slow", {1})).error_code(), grpc::StatusCode::UNAVAILABLE);
  fake->OpenGate();
  down.get();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(answered, 6);
}

TEST_F(RpcLifecycleTest, ShutdownCancelsWhatWaitsAfterGrace) {
  auto fake = std::make_shared<FakeExecutable>();
  fake->CloseGate();
  repository.Add("slow", 1, fake);
  std::vector<std::thread> callers;
  std::atomic<int> failed{0};
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([this, &failed] {
      if (!Infer(Request("slow", {1})).ok()) ++failed;
    });
  }
  fake->WaitUntilRunning(2);
  const auto serving = *repository.Find("slow", 0);
  while (serving->batcher->queue_depth() < 2) std::this_thread::yield();
  auto down =
      std::async(std::launch::async, [this] { server->Shutdown(std::chrono::milliseconds(20)); });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 4);
  fake->OpenGate();
  down.get();
}

TEST_F(RpcLifecycleTest, ShutdownDoesNotWaitForHealthWatchers) {
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  auto watch = stub.PrepareCall(&context, "/grpc.health.v1.Health/Watch", &queue);
  watch->StartCall(&watch);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  watch->WriteLast(grpc::ByteBuffer(nullptr, 0), {}, &watch);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer answer;
  watch->Read(&answer, &watch);
  queue.Next(&tag, &ok);
  ASSERT_TRUE(ok);
  const auto start = std::chrono::steady_clock::now();
  server->Shutdown(seconds(60));
  EXPECT_LT(std::chrono::steady_clock::now() - start, seconds(30));
  do {  // what it said before the end
    watch->Read(&answer, &watch);
    queue.Next(&tag, &ok);
  } while (ok);
  grpc::Status status;
  watch->Finish(&status, &watch);
  queue.Next(&tag, &ok);
  EXPECT_FALSE(status.ok());
}

TEST_F(RpcLifecycleTest, ShutdownRefusesWaitingLoadsAndFinishesTheRunningOnes) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> loading{0};
  repository.on_load = [&](const Repository::LoadRequest&) {
    ++loading;
    released.wait();
    return ModelInfo{};
  };
  std::atomic<int> loaded{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> loads;
  for (int i = 0; i < 8; ++i) {
    loads.emplace_back([&] {
      grpc::ClientContext context;
      v1::LoadModelResponse response;
      const grpc::Status status = control->LoadModel(&context, {}, &response);
      if (status.ok()) ++loaded;
      if (status.error_code() == grpc::StatusCode::UNAVAILABLE) ++refused;
    });
  }
  while (loading < 4) std::this_thread::yield();
  auto down = std::async(std::launch::async, [this] { server->Shutdown(seconds(60)); });
  while (refused < 4) std::this_thread::yield();
  release.set_value();
  down.get();
  for (std::thread& load : loads) load.join();
  EXPECT_EQ(loaded, 4);
}

TEST_F(RpcLifecycleTest, ShutdownTwiceIsOnce) {
  server->Shutdown(seconds(1));
  server->Shutdown(seconds(1));
  EXPECT_EQ(Infer(Request("m", {1})).error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace sconce::testing
