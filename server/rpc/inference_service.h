// inference.GRPCInferenceService, all but ModelInfer: that one is raw and belongs to InferCall.

#ifndef SCONCE_SERVER_RPC_INFERENCE_SERVICE_H_
#define SCONCE_SERVER_RPC_INFERENCE_SERVICE_H_

#include <string>

#include "proto/inference/grpc_service.grpc.pb.h"
#include "server/repository/repository.h"
#include "server/rpc/unary_answer.h"

namespace sconce {

namespace internal {
using Oip = inference::GRPCInferenceService;
// One wrapper a method: a raw method on top of the generated CallbackService crashes in gRPC 1.51,
// because the method then has two handlers.
using OipBase = Oip::WithRawMethod_ModelInfer<Oip::WithCallbackMethod_ServerLive<
    Oip::WithCallbackMethod_ServerReady<Oip::WithCallbackMethod_ModelReady<
        Oip::WithCallbackMethod_ServerMetadata<Oip::WithCallbackMethod_ModelMetadata<
            Oip::WithCallbackMethod_ModelConfig<Oip::WithCallbackMethod_ModelStatistics<
                Oip::WithCallbackMethod_RepositoryIndex<Oip::WithCallbackMethod_RepositoryModelLoad<
                    Oip::WithCallbackMethod_RepositoryModelUnload<Oip::Service>>>>>>>>>>>;
}  // namespace internal

// Thread-safe.
class InferenceService final : public internal::OipBase {
 public:
  InferenceService(Repository& repository, ControlRoom room, std::string server_version)
      : repository_(repository), room_(room), server_version_(std::move(server_version)) {}

  using Base = internal::OipBase;
  // The synchronous overloads stay where they are: never called.
  using Base::ModelConfig;
  using Base::ModelMetadata;
  using Base::ModelReady;
  using Base::ModelStatistics;
  using Base::RepositoryIndex;
  using Base::RepositoryModelLoad;
  using Base::RepositoryModelUnload;
  using Base::ServerLive;
  using Base::ServerMetadata;
  using Base::ServerReady;

  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;
  Reactor* ServerLive(Context* context, const inference::ServerLiveRequest* request,
                      inference::ServerLiveResponse* response) override;
  Reactor* ServerReady(Context* context, const inference::ServerReadyRequest* request,
                       inference::ServerReadyResponse* response) override;
  Reactor* ModelReady(Context* context, const inference::ModelReadyRequest* request,
                      inference::ModelReadyResponse* response) override;
  Reactor* ServerMetadata(Context* context, const inference::ServerMetadataRequest* request,
                          inference::ServerMetadataResponse* response) override;
  Reactor* ModelMetadata(Context* context, const inference::ModelMetadataRequest* request,
                         inference::ModelMetadataResponse* response) override;
  Reactor* ModelConfig(Context* context, const inference::ModelConfigRequest* request,
                       inference::ModelConfigResponse* response) override;
  Reactor* ModelStatistics(Context* context, const inference::ModelStatisticsRequest* request,
                           inference::ModelStatisticsResponse* response) override;
  Reactor* RepositoryIndex(Context* context, const inference::RepositoryIndexRequest* request,
                           inference::RepositoryIndexResponse* response) override;
  Reactor* RepositoryModelLoad(Context* context,
                               const inference::RepositoryModelLoadRequest* request,
                               inference::RepositoryModelLoadResponse* response) override;
  Reactor* RepositoryModelUnload(Context* context,
                                 const inference::RepositoryModelUnloadRequest* request,
                                 inference::RepositoryModelUnloadResponse* response) override;

 private:
  // Of a version that serves; else why it does not.
  absl::StatusOr<ModelInfo> GetServing(const std::string& name, const std::string& version) const;
  absl::Status CollectStatistics(const inference::ModelStatisticsRequest& request,
                                 inference::ModelStatisticsResponse& response) const;

  Repository& repository_;
  const ControlRoom room_;
  const std::string server_version_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_INFERENCE_SERVICE_H_
