#include "server/rpc/model_server_service.h"

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/rpc/checkpoint_messages.h"
#include "server/rpc/model_messages.h"
#include "server/rpc/pull_call.h"

namespace sconce {

using Reactor = grpc::ServerUnaryReactor;
using Context = grpc::CallbackServerContext;

namespace {

absl::Status CheckVersion(int64_t version) {
  if (version >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("version is %d; versions are 1, 2, ... and 0 for the default", version));
}

}  // namespace

Reactor* ModelServerService::LoadModel(Context* context, const v1::LoadModelRequest* request,
                                       v1::LoadModelResponse* response) {
  return AnswerLater(context, room_, [this, request, response]() -> absl::Status {
    SCONCE_RETURN_IF_ERROR(CheckVersion(request->version()));
    SCONCE_ASSIGN_OR_RETURN(const ModelInfo info, repository_.Load(LoadRequestOf(*request)));
    *response->mutable_model() = ModelVersionOf(info);
    return absl::OkStatus();
  });
}

Reactor* ModelServerService::UnloadModel(Context* context, const v1::UnloadModelRequest* request,
                                         v1::UnloadModelResponse*) {
  return AnswerLater(context, room_, [this, request]() -> absl::Status {
    SCONCE_RETURN_IF_ERROR(CheckVersion(request->version()));
    return repository_.Unload(request->name(), request->version());
  });
}

Reactor* ModelServerService::ListModels(Context* context, const v1::ListModelsRequest*,
                                        v1::ListModelsResponse* response) {
  return Answer(context, [this, response] {
    for (const ModelInfo& info : repository_.List()) *response->add_models() = ModelVersionOf(info);
    return absl::OkStatus();
  });
}

Reactor* ModelServerService::GetModel(Context* context, const v1::GetModelRequest* request,
                                      v1::GetModelResponse* response) {
  return Answer(context, [this, request, response]() -> absl::Status {
    SCONCE_RETURN_IF_ERROR(CheckVersion(request->version()));
    SCONCE_ASSIGN_OR_RETURN(const ModelInfo info,
                            repository_.Get(request->name(), request->version()));
    *response->mutable_model() = ModelVersionOf(info);
    return absl::OkStatus();
  });
}

absl::Status ModelServerService::Save(const v1::SaveCheckpointRequest& request,
                                      v1::SaveCheckpointResponse& response) const {
  SCONCE_RETURN_IF_ERROR(CheckVersion(request.version()));
  SCONCE_ASSIGN_OR_RETURN(const WriteOptions options,
                          WriteOptionsOf(request.format(), request.options()));
  SCONCE_ASSIGN_OR_RETURN(
      const Repository::SavedCheckpoint saved,
      repository_.Save(request.name(), request.version(), options, request.path()));
  response = SaveCheckpointResponseOf(saved);
  return absl::OkStatus();
}

Reactor* ModelServerService::SaveCheckpoint(Context* context,
                                            const v1::SaveCheckpointRequest* request,
                                            v1::SaveCheckpointResponse* response) {
  return AnswerLater(context, room_,
                     [this, request, response] { return Save(*request, *response); });
}

absl::Status ModelServerService::Pull(const v1::PullCheckpointRequest& request,
                                      OutputFiles& out) const {
  SCONCE_RETURN_IF_ERROR(CheckVersion(request.version()));
  SCONCE_ASSIGN_OR_RETURN(const WriteOptions options,
                          WriteOptionsOf(request.format(), request.options()));
  return repository_.Pull(request.name(), request.version(), options, out);
}

grpc::ServerWriteReactor<v1::PullCheckpointResponse>* ModelServerService::PullCheckpoint(
    Context* context, const v1::PullCheckpointRequest* request) {
  return PullCall::Start(context, pulls_, pull_patience_,
                         [this, request](OutputFiles& out) { return Pull(*request, out); });
}

}  // namespace sconce
