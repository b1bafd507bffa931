#include "server/rpc/inference_service.h"

#include <utility>
#include <vector>

#include "server/base/status_macros.h"
#include "server/rpc/inference_messages.h"

namespace sconce {

using Reactor = grpc::ServerUnaryReactor;
using Context = grpc::CallbackServerContext;

absl::StatusOr<ModelInfo> InferenceService::GetServing(const std::string& name,
                                                       const std::string& version) const {
  SCONCE_ASSIGN_OR_RETURN(const int64_t number, ParseModelVersion(version));
  SCONCE_ASSIGN_OR_RETURN(const auto serving, repository_.Find(name, number));
  return repository_.Get(name, serving->version);
}

Reactor* InferenceService::ServerLive(Context* context, const inference::ServerLiveRequest*,
                                      inference::ServerLiveResponse* response) {
  return Answer(context, [response] {
    response->set_live(true);
    return absl::OkStatus();
  });
}

Reactor* InferenceService::ServerReady(Context* context, const inference::ServerReadyRequest*,
                                       inference::ServerReadyResponse* response) {
  return Answer(context, [this, response] {
    response->set_ready(repository_.ready());
    return absl::OkStatus();
  });
}

// A question, so that "no such model" is an answer and not an error.
Reactor* InferenceService::ModelReady(Context* context, const inference::ModelReadyRequest* request,
                                      inference::ModelReadyResponse* response) {
  return Answer(context, [this, request, response] {
    SCONCE_ASSIGN_OR_RETURN(const int64_t version, ParseModelVersion(request->version()));
    response->set_ready(repository_.Find(request->name(), version).ok());
    return absl::OkStatus();
  });
}

Reactor* InferenceService::ServerMetadata(Context* context, const inference::ServerMetadataRequest*,
                                          inference::ServerMetadataResponse* response) {
  return Answer(context, [this, response] {
    response->set_name("sconce");
    response->set_version(server_version_);
    for (const char* extension :
         {"model_repository", "model_repository(unload_dependents)", "model_configuration",
          "binary_tensor_data", "parameters", "statistics"}) {
      response->add_extensions(extension);
    }
    return absl::OkStatus();
  });
}

Reactor* InferenceService::ModelMetadata(Context* context,
                                         const inference::ModelMetadataRequest* request,
                                         inference::ModelMetadataResponse* response) {
  return Answer(context, [this, request, response] {
    SCONCE_ASSIGN_OR_RETURN(const ModelInfo info, GetServing(request->name(), request->version()));
    std::vector<int64_t> ready;
    for (const ModelInfo& other : repository_.List()) {
      if (other.name == info.name && other.state == ModelState::kReady) {
        ready.push_back(other.version);
      }
    }
    *response = MetadataOf(info, ready);
    return absl::OkStatus();
  });
}

Reactor* InferenceService::ModelConfig(Context* context,
                                       const inference::ModelConfigRequest* request,
                                       inference::ModelConfigResponse* response) {
  return Answer(context, [this, request, response] {
    SCONCE_ASSIGN_OR_RETURN(const ModelInfo info, GetServing(request->name(), request->version()));
    *response->mutable_config() = ConfigOf(info);
    return absl::OkStatus();
  });
}

// No name means every model, no version every version.
absl::Status InferenceService::CollectStatistics(
    const inference::ModelStatisticsRequest& request,
    inference::ModelStatisticsResponse& response) const {
  SCONCE_ASSIGN_OR_RETURN(const int64_t version, ParseModelVersion(request.version()));
  for (const ModelInfo& info : repository_.List()) {
    if (!request.name().empty() && info.name != request.name()) continue;
    if (version != 0 && info.version != version) continue;
    const auto serving = repository_.Find(info.name, info.version);
    if (!serving.ok()) continue;
    *response.add_model_stats() = StatisticsOf(info, (*serving)->metrics->Statistics());
  }
  if (request.name().empty() || response.model_stats_size() > 0) return absl::OkStatus();
  return repository_.Find(request.name(), version).status();
}

Reactor* InferenceService::ModelStatistics(Context* context,
                                           const inference::ModelStatisticsRequest* request,
                                           inference::ModelStatisticsResponse* response) {
  return Answer(context,
                [this, request, response] { return CollectStatistics(*request, *response); });
}

Reactor* InferenceService::RepositoryIndex(Context* context,
                                           const inference::RepositoryIndexRequest* request,
                                           inference::RepositoryIndexResponse* response) {
  return Answer(context, [this, request, response] {
    for (const ModelInfo& info : repository_.List()) {
      if (request->ready() && info.state != ModelState::kReady) continue;
      *response->add_models() = IndexEntryOf(info);
    }
    return absl::OkStatus();
  });
}

Reactor* InferenceService::RepositoryModelLoad(Context* context,
                                               const inference::RepositoryModelLoadRequest* request,
                                               inference::RepositoryModelLoadResponse*) {
  return AnswerLater(context, room_, [this, request] {
    SCONCE_ASSIGN_OR_RETURN(const Repository::LoadRequest load, LoadRequestOf(*request));
    return repository_.Load(load).status();
  });
}

Reactor* InferenceService::RepositoryModelUnload(
    Context* context, const inference::RepositoryModelUnloadRequest* request,
    inference::RepositoryModelUnloadResponse*) {
  return AnswerLater(context, room_, [this, request]() -> absl::Status {
    SCONCE_RETURN_IF_ERROR(CheckUnloadRequest(*request));
    return repository_.Unload(request->model_name(), 0);
  });
}

}  // namespace sconce
