#include "client/client.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "client/pull_receiver.h"
#include "proto/inference/grpc_service.grpc.pb.h"
#include "proto/sconce/v1/model_server.grpc.pb.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

grpc::ChannelArguments ChannelArguments(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  const int limit = static_cast<int>(
      std::clamp<int64_t>(options.max_message_bytes, 1, std::numeric_limits<int>::max()));
  arguments.SetMaxReceiveMessageSize(limit);
  arguments.SetMaxSendMessageSize(limit);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, options.own_connection ? 1 : 0);
  return arguments;
}

// A refused connection shows as TRANSIENT_FAILURE at once; grpc would go on trying.
absl::Status WaitUntilConnected(grpc::Channel& channel, const std::string& address,
                                std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::system_clock::now() + timeout;
  while (true) {
    const grpc_connectivity_state state = channel.GetState(/*try_to_connect=*/true);
    if (state == GRPC_CHANNEL_READY) return absl::OkStatus();
    const bool failed = state == GRPC_CHANNEL_TRANSIENT_FAILURE || state == GRPC_CHANNEL_SHUTDOWN;
    if (failed || !channel.WaitForStateChange(state, deadline)) {
      return absl::UnavailableError(
          absl::StrFormat("no daemon at %s; start one with sconced --models DIR", address));
    }
  }
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

void SetDeadline(grpc::ClientContext& context, const ClientOptions& options) {
  if (options.timeout.count() <= 0) return;
  context.set_deadline(std::chrono::system_clock::now() + options.timeout);
}

// The daemon's own message, when it has one, says more than gRPC's.
absl::Status OutcomeOf(const grpc::Status& status, const ClientOptions& options) {
  const bool timed_out = status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED &&
                         status.error_message() == "Deadline Exceeded";
  if (!timed_out) return FromGrpc(status);
  return absl::DeadlineExceededError(absl::StrFormat(
      "no answer within %.3g s", std::chrono::duration<double>(options.timeout).count()));
}

// One call of a generated stub: context, deadline, status.
template <typename Stub, typename Request, typename Response>
absl::Status Call(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                  const ClientOptions& options, const Request& request, Response& response) {
  grpc::ClientContext context;
  SetDeadline(context, options);
  return OutcomeOf((stub.*method)(&context, request, &response), options);
}

}  // namespace

struct Client::Stubs {
  explicit Stubs(const std::shared_ptr<grpc::Channel>& channel)
      : models(v1::ModelServer::NewStub(channel)),
        inference(inference::GRPCInferenceService::NewStub(channel)) {}

  std::unique_ptr<v1::ModelServer::Stub> models;
  std::unique_ptr<inference::GRPCInferenceService::Stub> inference;
};

Client::Client(std::unique_ptr<Stubs> stubs, ClientOptions options)
    : stubs_(std::move(stubs)), options_(options) {}

Client::~Client() = default;

absl::StatusOr<std::unique_ptr<Client>> Client::Connect(const std::string& address,
                                                        ClientOptions options) {
  const auto channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                                 ChannelArguments(options));
  SCONCE_RETURN_IF_ERROR(WaitUntilConnected(*channel, address, options.connect_timeout));
  return std::unique_ptr<Client>(new Client(std::make_unique<Stubs>(channel), options));
}

absl::StatusOr<InferResult> Client::Infer(const InferRequest& request) const {
  SCONCE_ASSIGN_OR_RETURN(const inference::ModelInferRequest message, EncodeInfer(request));
  inference::ModelInferResponse response;
  SCONCE_RETURN_IF_ERROR(InferMessage(message, response));
  return DecodeInfer(std::move(response));
}

absl::Status Client::InferMessage(const inference::ModelInferRequest& request,
                                  inference::ModelInferResponse& response) const {
  return Call(*stubs_->models, &v1::ModelServer::Stub::Infer, options_, request, response);
}

absl::StatusOr<v1::ModelVersion> Client::LoadModel(const v1::LoadModelRequest& request) const {
  v1::LoadModelResponse response;
  SCONCE_RETURN_IF_ERROR(
      Call(*stubs_->models, &v1::ModelServer::Stub::LoadModel, options_, request, response));
  return std::move(*response.mutable_model());
}

absl::Status Client::UnloadModel(const std::string& name, int64_t version) const {
  v1::UnloadModelRequest request;
  request.set_name(name);
  request.set_version(version);
  v1::UnloadModelResponse response;
  return Call(*stubs_->models, &v1::ModelServer::Stub::UnloadModel, options_, request, response);
}

absl::StatusOr<std::vector<v1::ModelVersion>> Client::ListModels() const {
  v1::ListModelsResponse response;
  SCONCE_RETURN_IF_ERROR(Call(*stubs_->models, &v1::ModelServer::Stub::ListModels, options_,
                              v1::ListModelsRequest(), response));
  auto& models = *response.mutable_models();
  return std::vector<v1::ModelVersion>(std::make_move_iterator(models.begin()),
                                       std::make_move_iterator(models.end()));
}

absl::StatusOr<v1::ModelVersion> Client::GetModel(const std::string& name, int64_t version) const {
  v1::GetModelRequest request;
  request.set_name(name);
  request.set_version(version);
  v1::GetModelResponse response;
  SCONCE_RETURN_IF_ERROR(
      Call(*stubs_->models, &v1::ModelServer::Stub::GetModel, options_, request, response));
  return std::move(*response.mutable_model());
}

absl::StatusOr<v1::SaveCheckpointResponse> Client::SaveCheckpoint(
    const v1::SaveCheckpointRequest& request) const {
  v1::SaveCheckpointResponse response;
  SCONCE_RETURN_IF_ERROR(
      Call(*stubs_->models, &v1::ModelServer::Stub::SaveCheckpoint, options_, request, response));
  return response;
}

absl::Status Client::PullCheckpoint(const v1::PullCheckpointRequest& request,
                                    OutputFiles& out) const {
  grpc::ClientContext context;
  SetDeadline(context, options_);
  const auto stream = stubs_->models->PullCheckpoint(&context, request);
  PullReceiver receiver(out);
  v1::PullCheckpointResponse message;
  absl::Status received;
  while (received.ok() && stream->Read(&message)) received = receiver.Take(message);
  if (!received.ok()) context.TryCancel();
  const absl::Status outcome = OutcomeOf(stream->Finish(), options_);
  SCONCE_RETURN_IF_ERROR(received);
  SCONCE_RETURN_IF_ERROR(outcome);
  return receiver.Finish();
}

absl::StatusOr<inference::ServerMetadataResponse> Client::ServerMetadata() const {
  inference::ServerMetadataResponse response;
  SCONCE_RETURN_IF_ERROR(Call(*stubs_->inference,
                              &inference::GRPCInferenceService::Stub::ServerMetadata, options_,
                              inference::ServerMetadataRequest(), response));
  return response;
}

}  // namespace sconce
