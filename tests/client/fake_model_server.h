// A daemon in the test's own process: the generated service, with answers that a test can foresee.

#ifndef SCONCE_TESTS_CLIENT_FAKE_MODEL_SERVER_H_
#define SCONCE_TESTS_CLIENT_FAKE_MODEL_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "proto/inference/grpc_service.grpc.pb.h"
#include "proto/sconce/v1/model_server.grpc.pb.h"
#include "server/base/mutex.h"

namespace sconce::testing {

// Infer answers every input as an output of the same name, unless the model is "slow" (never
// answers before the deadline), "broken" (raw contents are missing) or not in `models`.
// PullCheckpoint answers with `pull`, then with `pull_status`.
// Thread-safe; the public fields are set before the first call.
class FakeModelServer final : public v1::ModelServer::Service {
 public:
  FakeModelServer();
  ~FakeModelServer() override;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  std::map<std::string, v1::ModelVersion> models;
  std::vector<v1::PullCheckpointResponse> pull;
  grpc::Status pull_status;

  v1::LoadModelRequest last_load() const;
  v1::UnloadModelRequest last_unload() const;
  v1::SaveCheckpointRequest last_save() const;
  v1::PullCheckpointRequest last_pull() const;
  inference::ModelInferRequest last_infer() const;

  grpc::Status Infer(grpc::ServerContext* context, const inference::ModelInferRequest* request,
                     inference::ModelInferResponse* response) override;
  grpc::Status LoadModel(grpc::ServerContext* context, const v1::LoadModelRequest* request,
                         v1::LoadModelResponse* response) override;
  grpc::Status UnloadModel(grpc::ServerContext* context, const v1::UnloadModelRequest* request,
                           v1::UnloadModelResponse* response) override;
  grpc::Status ListModels(grpc::ServerContext* context, const v1::ListModelsRequest* request,
                          v1::ListModelsResponse* response) override;
  grpc::Status GetModel(grpc::ServerContext* context, const v1::GetModelRequest* request,
                        v1::GetModelResponse* response) override;
  grpc::Status SaveCheckpoint(grpc::ServerContext* context,
                              const v1::SaveCheckpointRequest* request,
                              v1::SaveCheckpointResponse* response) override;
  grpc::Status PullCheckpoint(grpc::ServerContext* context,
                              const v1::PullCheckpointRequest* request,
                              grpc::ServerWriter<v1::PullCheckpointResponse>* writer) override;

 private:
  class Metadata;

  mutable Mutex mutex_;
  v1::LoadModelRequest last_load_ SCONCE_GUARDED_BY(mutex_);
  v1::UnloadModelRequest last_unload_ SCONCE_GUARDED_BY(mutex_);
  v1::SaveCheckpointRequest last_save_ SCONCE_GUARDED_BY(mutex_);
  v1::PullCheckpointRequest last_pull_ SCONCE_GUARDED_BY(mutex_);
  inference::ModelInferRequest last_infer_ SCONCE_GUARDED_BY(mutex_);

  int port_ = 0;
  std::unique_ptr<Metadata> metadata_;
  std::unique_ptr<grpc::Server> server_;
};

// "iris": forward(x: FP32[-1,4]) -> (output: FP32[-1,3]), version 2, ready, default.
v1::ModelVersion IrisModel();

// The messages of a pull of one file, in two pieces.
std::vector<v1::PullCheckpointResponse> PulledFile(const std::string& name,
                                                   const std::string& bytes);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_CLIENT_FAKE_MODEL_SERVER_H_
