// sconce.v1.ModelServer, all but Infer: that one is raw and belongs to InferCall.

#ifndef SCONCE_SERVER_RPC_MODEL_SERVER_SERVICE_H_
#define SCONCE_SERVER_RPC_MODEL_SERVER_SERVICE_H_

#include "proto/sconce/v1/model_server.grpc.pb.h"
#include "server/repository/repository.h"
#include "server/rpc/unary_answer.h"

namespace sconce {

namespace internal {
using Control = v1::ModelServer;
// See inference_service.h.
using ControlBase = Control::WithRawMethod_Infer<Control::WithCallbackMethod_LoadModel<
    Control::WithCallbackMethod_UnloadModel<Control::WithCallbackMethod_ListModels<
        Control::WithCallbackMethod_GetModel<Control::WithCallbackMethod_SaveCheckpoint<
            Control::WithCallbackMethod_PullCheckpoint<Control::Service>>>>>>>;
}  // namespace internal

// Thread-safe.
class ModelServerService final : public internal::ControlBase {
 public:
  // `pulls` apart from `room`: callers who are slow to receive must not keep loads waiting.
  ModelServerService(Repository& repository, ControlRoom room, ControlRoom pulls,
                     Duration pull_patience)
      : repository_(repository), room_(room), pulls_(pulls), pull_patience_(pull_patience) {}

  using Base = internal::ControlBase;
  // The synchronous overloads stay where they are: never called.
  using Base::GetModel;
  using Base::ListModels;
  using Base::LoadModel;
  using Base::PullCheckpoint;
  using Base::SaveCheckpoint;
  using Base::UnloadModel;

  using Reactor = grpc::ServerUnaryReactor;
  using Context = grpc::CallbackServerContext;
  Reactor* LoadModel(Context* context, const v1::LoadModelRequest* request,
                     v1::LoadModelResponse* response) override;
  Reactor* UnloadModel(Context* context, const v1::UnloadModelRequest* request,
                       v1::UnloadModelResponse* response) override;
  Reactor* ListModels(Context* context, const v1::ListModelsRequest* request,
                      v1::ListModelsResponse* response) override;
  Reactor* GetModel(Context* context, const v1::GetModelRequest* request,
                    v1::GetModelResponse* response) override;
  Reactor* SaveCheckpoint(Context* context, const v1::SaveCheckpointRequest* request,
                          v1::SaveCheckpointResponse* response) override;
  grpc::ServerWriteReactor<v1::PullCheckpointResponse>* PullCheckpoint(
      Context* context, const v1::PullCheckpointRequest* request) override;

 private:
  absl::Status Save(const v1::SaveCheckpointRequest& request,
                    v1::SaveCheckpointResponse& response) const;
  absl::Status Pull(const v1::PullCheckpointRequest& request, OutputFiles& out) const;

  Repository& repository_;
  const ControlRoom room_;
  const ControlRoom pulls_;
  const Duration pull_patience_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_MODEL_SERVER_SERVICE_H_
