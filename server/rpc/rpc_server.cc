#include "server/rpc/rpc_server.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <climits>
#include <mutex>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/rpc/infer_call.h"
#include "server/rpc/inference_service.h"
#include "server/rpc/model_server_service.h"
#include "server/telemetry/log.h"

namespace sconce {
namespace {

constexpr int kControlThreads = 4;
constexpr int kPullThreads = 4;
constexpr size_t kMaxWaitingJobs = 64;
// Calls of each method that a queue is ready to receive at once; each asks for its successor.
constexpr int kAwaitedCalls = 16;
// Messages of the largest size that may be in flight at the same time.
constexpr int64_t kMessagesInFlight = 4;
// Streams that never end by themselves (health watches, reflection) are told to after this.
constexpr std::chrono::milliseconds kStreamGrace{500};

constexpr const char* kHealthServices[] = {"", "inference.GRPCInferenceService",
                                           "sconce.v1.ModelServer"};

// Global switches of gRPC and protobuf; they apply to servers built afterwards.
void SwitchOnPlugins() {
  static std::once_flag once;
  std::call_once(once, [] {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    // Both would write lines of their own kind to standard error, on the word of any caller. What
    // matters of it comes back as a status.
    google::protobuf::SetLogHandler(nullptr);
    gpr_set_log_function([](gpr_log_func_args* line) {
      LogDebug("grpc", {{"message", line->message}});
    });
  });
}

class GrpcServer final : public RpcServer {
 public:
  GrpcServer(const Options& options, Repository& repository, Metrics& metrics, const Clock& clock);
  ~GrpcServer() override { Shutdown(Duration::zero()); }

  absl::Status Listen(const Options& options);

  int port() const override { return port_; }
  void Shutdown(Duration grace) override;
  void SetServing(bool serving) override;

 private:
  void Configure(const Options& options, grpc::ServerBuilder& builder);
  void AwaitCalls();

  ByteBudget budget_;
  CallGate gate_;
  CallGate alive_;
  ControlThreads control_;
  ControlThreads pulls_;
  InferEngine engine_;
  InferenceService inference_;
  ModelServerService model_server_;
  const InferMethod model_infer_;
  const InferMethod infer_;
  std::unique_ptr<CompletionThreads> completion_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::once_flag shut_down_;
};

GrpcServer::GrpcServer(const Options& options, Repository& repository, Metrics& metrics,
                       const Clock& clock)
    : budget_(kMessagesInFlight * options.max_message_bytes),
      control_(kControlThreads, kMaxWaitingJobs),
      pulls_(kPullThreads, kMaxWaitingJobs),
      engine_{repository,
              metrics,
              clock,
              budget_,
              gate_,
              alive_,
              static_cast<size_t>(options.max_message_bytes)},
      inference_(repository, {control_, gate_}, options.server_version),
      model_server_(repository, {control_, gate_}, {pulls_, gate_}, options.pull_patience),
      model_infer_([this](auto* context, auto* request, auto* writer, auto* queue, void* tag) {
        inference_.RequestModelInfer(context, request, writer, queue, queue, tag);
      }),
      infer_([this](auto* context, auto* request, auto* writer, auto* queue, void* tag) {
        model_server_.RequestInfer(context, request, writer, queue, queue, tag);
      }) {}

void GrpcServer::Configure(const Options& options, grpc::ServerBuilder& builder) {
  const int limit = static_cast<int>(std::min<int64_t>(options.max_message_bytes, INT_MAX));
  builder.SetMaxReceiveMessageSize(limit);
  builder.SetMaxSendMessageSize(limit);
  // Otherwise a second daemon on the port starts too, and the kernel divides the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  // A caller whose machine is gone is noticed, and its calls are cancelled.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 120'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  // Callers may ping for the same reason, with and without calls in flight.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Only reflection is a synchronous service here.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 2);
  builder.RegisterService(&inference_);
  builder.RegisterService(&model_server_);
}

absl::Status GrpcServer::Listen(const Options& options) {
  SwitchOnPlugins();
  grpc::ServerBuilder builder;
  Configure(options, builder);
  builder.AddListeningPort(options.address, grpc::InsecureServerCredentials(), &port_);
  completion_ = std::make_unique<CompletionThreads>(options.completion_threads, builder);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return absl::FailedPreconditionError(
        absl::StrFormat("can't listen on '%s': the port is in use by another process, or the host "
                        "is not an address of this machine",
                        options.address));
  }
  SetServing(false);
  AwaitCalls();
  completion_->Start();
  return absl::OkStatus();
}

void GrpcServer::AwaitCalls() {
  for (const auto& queue : completion_->queues()) {
    for (int i = 0; i < kAwaitedCalls; ++i) {
      InferCall::Await(engine_, model_infer_, *queue);
      InferCall::Await(engine_, infer_, *queue);
    }
  }
}

void GrpcServer::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = server_->GetHealthCheckService();
  for (const char* service : kHealthServices) health->SetServingStatus(service, serving);
}

// gRPC's own Shutdown waits for open streams as long as for calls that will end. So the calls are
// waited for first, at a gate that lets no more in; then gRPC closes what is left.
void GrpcServer::Shutdown(Duration grace) {
  std::call_once(shut_down_, [this, grace] {
    gate_.Close();
    control_.Drain();
    pulls_.Drain();
    if (server_ != nullptr) {
      server_->GetHealthCheckService()->Shutdown();
      const bool done = gate_.WaitUntilEmpty(grace);
      server_->Shutdown(std::chrono::system_clock::now() +
                        (done ? kStreamGrace : std::chrono::milliseconds(0)));
      // It does not wait for cancelled calls that somebody still works on, and they answer into the
      // queues, which must be open then.
      alive_.WaitUntilEmpty();
      gate_.WaitUntilEmpty();
    }
    completion_.reset();
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(Options options, Repository& repository,
                                                            Metrics& metrics, const Clock& clock) {
  auto server = std::make_unique<GrpcServer>(options, repository, metrics, clock);
  if (absl::Status status = server->Listen(options); !status.ok()) return status;
  return server;
}

}  // namespace sconce
