// PullCheckpoint: streaming, flow control, cancellation, shutdown.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "server/base/status_macros.h"
#include "tests/rpc/rpc_fixture.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr size_t kMiB = 1 << 20;

// Reads a pull as a client does.
class Puller {
 public:
  explicit Puller(v1::ModelServer::Stub& stub,
                  v1::CheckpointFormat format = v1::CHECKPOINT_FORMAT_STATE_DICT) {
    v1::PullCheckpointRequest request;
    request.set_format(format);
    stream_ = stub.PullCheckpoint(&context_, request);
  }

  bool Read() { return stream_->Read(&message_); }
  const v1::PullCheckpointResponse& message() const { return message_; }
  void Cancel() { context_.TryCancel(); }
  // Of what is left.
  grpc::Status Finish() {
    while (Read()) {
    }
    return stream_->Finish();
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::PullCheckpointResponse>> stream_;
  v1::PullCheckpointResponse message_;
};

class RpcPullTest : public RpcTest {
 protected:
  void TearDown() override {
    if (server != nullptr) server->Shutdown(Duration::zero());
  }

  // Pulls that never end by themselves; each says how it ended.
  void PullForEver() {
    repository.on_pull = [this](const WriteOptions&, OutputFiles& out) {
      const std::string piece(kMiB, 'x');
      absl::Status status = out.Begin("", std::nullopt);
      while (status.ok()) {
        status = out.Write(piece);
        produced_ += piece.size();
      }
      ended_.set_value(status);
      return status;
    };
  }

  std::atomic<size_t> produced_{0};
  std::promise<absl::Status> ended_;
};

TEST_F(RpcPullTest, StreamsEveryFileInPieces) {
  const std::string bytes(3 * kMiB + 1, 'a');
  repository.on_pull = [&](const WriteOptions& options, OutputFiles& out) -> absl::Status {
    EXPECT_EQ(options.format, CheckpointFormat::kSafetensors);
    SCONCE_RETURN_IF_ERROR(out.Begin("a.safetensors", bytes.size()));
    SCONCE_RETURN_IF_ERROR(out.Write(bytes));
    SCONCE_RETURN_IF_ERROR(out.Begin("index", std::nullopt));
    SCONCE_RETURN_IF_ERROR(out.Write("{}"));
    return out.Finish();
  };
  Puller puller(*control, v1::CHECKPOINT_FORMAT_SAFETENSORS);
  std::string received;
  std::vector<std::string> ends;
  while (puller.Read()) {
    EXPECT_LE(puller.message().data().size(), kMiB);
    received += puller.message().data();
    if (puller.message().has_end()) ends.push_back(puller.message().end().name());
  }
  EXPECT_TRUE(puller.Finish().ok());
  EXPECT_EQ(received, bytes + "{}");
  EXPECT_THAT(ends, ::testing::ElementsAre("a.safetensors", "index"));
}

TEST_F(RpcPullTest, EndsWithTheStatusOfTheSave) {
  repository.on_pull = [&](const WriteOptions&, OutputFiles& out) -> absl::Status {
    SCONCE_RETURN_IF_ERROR(out.Begin("", 10));
    return absl::FailedPreconditionError("the file changed");
  };
  Puller puller(*control);
  EXPECT_TRUE(puller.Read());
  EXPECT_FALSE(puller.Read());
  const grpc::Status status = puller.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "the file changed");
}

TEST_F(RpcPullTest, ExceptionsAreAnAnswer) {
  repository.on_pull = [&](const WriteOptions&, OutputFiles&) -> absl::Status {
    throw std::runtime_error("unforeseen");
  };
  EXPECT_EQ(Puller(*control).Finish().error_code(), grpc::StatusCode::INTERNAL);
}

TEST_F(RpcPullTest, OptionsAreCheckedBeforeAnythingIsRead) {
  EXPECT_EQ(Puller(*control, v1::CHECKPOINT_FORMAT_UNSPECIFIED).Finish().error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RpcPullTest, TheProducerWaitsForTheCaller) {
  PullForEver();
  Puller puller(*control);
  ASSERT_TRUE(puller.Read());
  // Far more than the wire and one piece hold; without flow control it would get there.
  for (int i = 0; i < 200'000; ++i) {
    ASSERT_LT(produced_, 64 * kMiB);
    std::this_thread::yield();
  }
  puller.Cancel();
  EXPECT_EQ(puller.Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(RpcPullTest, CancellationStopsTheProducer) {
  PullForEver();
  Puller puller(*control);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(puller.Read());
  puller.Cancel();
  EXPECT_THAT(ended_.get_future().get(), StatusIs(absl::StatusCode::kCancelled, HasSubstr("gone")));
}

TEST_F(RpcPullTest, ACallerWhoTakesNothingIsCutOff) {
  PullForEver();
  server = *RpcServer::Start(
      {.address = "127.0.0.1:0", .server_version = "", .pull_patience = milliseconds(50)},
      repository, metrics, Clock::Real());
  const auto stub = v1::ModelServer::NewStub(NewChannel());
  Puller puller(*stub);
  EXPECT_THAT(ended_.get_future().get(),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("took nothing")));
  EXPECT_FALSE(puller.Finish().ok());
}

TEST_F(RpcPullTest, SlowReceiversKeepNoLoadWaiting) {
  std::atomic<int> pulling{0};
  repository.on_pull = [&](const WriteOptions&, OutputFiles& out) {
    ++pulling;
    absl::Status status = out.Begin("", std::nullopt);
    while (status.ok()) status = out.Write(std::string(kMiB, 'x'));
    return status;
  };
  repository.on_load = [](const Repository::LoadRequest&) { return ModelInfo{}; };
  std::vector<std::unique_ptr<Puller>> pullers;
  for (int i = 0; i < 8; ++i) pullers.push_back(std::make_unique<Puller>(*control));
  while (pulling < 4) std::this_thread::yield();
  grpc::ClientContext context;
  v1::LoadModelResponse response;
  EXPECT_TRUE(control->LoadModel(&context, {}, &response).ok());
  for (auto& puller : pullers) puller->Cancel();
  for (auto& puller : pullers) EXPECT_FALSE(puller->Finish().ok());
  server->Shutdown(seconds(60));  // those who waited for a thread
}

TEST_F(RpcPullTest, ShutdownLetsAPullFinish) {
  std::promise<void> release;
  std::promise<void> begun;
  repository.on_pull = [&](const WriteOptions&, OutputFiles& out) -> absl::Status {
    begun.set_value();
    release.get_future().wait();
    SCONCE_RETURN_IF_ERROR(out.Begin("", 2));
    SCONCE_RETURN_IF_ERROR(out.Write("ok"));
    return out.Finish();
  };
  Puller puller(*control);
  begun.get_future().wait();
  auto down = std::async(std::launch::async, [this] { server->Shutdown(seconds(60)); });
  // Refused once the server goes down.
  while (Puller(*control).Finish().error_code() != grpc::StatusCode::UNAVAILABLE) {
    std::this_thread::yield();
  }
  release.set_value();
  EXPECT_TRUE(puller.Finish().ok());
  down.get();
}

TEST_F(RpcPullTest, ShutdownCancelsAPullAfterGrace) {
  PullForEver();
  Puller puller(*control);
  ASSERT_TRUE(puller.Read());
  server->Shutdown(milliseconds(20));
  EXPECT_THAT(ended_.get_future().get(), StatusIs(absl::StatusCode::kCancelled, HasSubstr("gone")));
  EXPECT_FALSE(puller.Finish().ok());
}

TEST_F(RpcPullTest, ShutdownWaitsForAProducerThatDoesNotWrite) {
  std::promise<void> release;
  std::promise<void> begun;
  std::atomic<bool> produced{false};
  repository.on_pull = [&](const WriteOptions&, OutputFiles& out) {
    begun.set_value();
    release.get_future().wait();
    produced = true;
    return out.Begin("", 2);
  };
  Puller puller(*control);
  begun.get_future().wait();
  auto down = std::async(std::launch::async, [&] {
    server->Shutdown(Duration::zero());
    EXPECT_TRUE(produced);
    server.reset();
  });
  EXPECT_FALSE(puller.Finish().ok());  // the caller need not wait
  release.set_value();
  down.get();
}

}  // namespace
}  // namespace sconce::testing
