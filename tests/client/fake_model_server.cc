#include "tests/client/fake_model_server.h"

#include <thread>

#include "server/formats/io/sha256.h"

namespace sconce::testing {
namespace {

grpc::Status NotFound(const std::string& name) {
  return {grpc::StatusCode::NOT_FOUND, "no model '" + name + "'"};
}

constexpr int kLimit = 64 << 20;

}  // namespace

class FakeModelServer::Metadata final : public inference::GRPCInferenceService::Service {
  grpc::Status ServerMetadata(grpc::ServerContext*, const inference::ServerMetadataRequest*,
                              inference::ServerMetadataResponse* response) override {
    response->set_name("fake");
    response->set_version("1.2.3");
    return grpc::Status::OK;
  }
};

FakeModelServer::FakeModelServer() : metadata_(std::make_unique<Metadata>()) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
  builder.SetMaxReceiveMessageSize(kLimit);
  builder.SetMaxSendMessageSize(kLimit);
  builder.RegisterService(this);
  builder.RegisterService(metadata_.get());
  server_ = builder.BuildAndStart();
}

FakeModelServer::~FakeModelServer() { server_->Shutdown(std::chrono::system_clock::now()); }

v1::LoadModelRequest FakeModelServer::last_load() const {
  MutexLock lock(mutex_);
  return last_load_;
}

v1::UnloadModelRequest FakeModelServer::last_unload() const {
  MutexLock lock(mutex_);
  return last_unload_;
}

v1::SaveCheckpointRequest FakeModelServer::last_save() const {
  MutexLock lock(mutex_);
  return last_save_;
}

v1::PullCheckpointRequest FakeModelServer::last_pull() const {
  MutexLock lock(mutex_);
  return last_pull_;
}

inference::ModelInferRequest FakeModelServer::last_infer() const {
  MutexLock lock(mutex_);
  return last_infer_;
}

grpc::Status FakeModelServer::Infer(grpc::ServerContext* context,
                                    const inference::ModelInferRequest* request,
                                    inference::ModelInferResponse* response) {
  {
    MutexLock lock(mutex_);
    last_infer_ = *request;
  }
  if (request->model_name() == "slow") {
    while (!context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::CANCELLED;
  }
  if (models.count(request->model_name()) == 0) return NotFound(request->model_name());
  response->set_model_name(request->model_name());
  response->set_model_version("2");
  response->set_id(request->id());
  for (const auto& input : request->inputs()) {
    auto* output = response->add_outputs();
    output->set_name(input.name());
    output->set_datatype(input.datatype());
    *output->mutable_shape() = input.shape();
  }
  if (request->model_name() != "broken") {
    *response->mutable_raw_output_contents() = request->raw_input_contents();
  }
  return grpc::Status::OK;
}

grpc::Status FakeModelServer::LoadModel(grpc::ServerContext*, const v1::LoadModelRequest* request,
                                        v1::LoadModelResponse* response) {
  MutexLock lock(mutex_);
  last_load_ = *request;
  if (request->path() == "broken.pt") {
    return {grpc::StatusCode::FAILED_PRECONDITION, "broken.pt is not a model"};
  }
  *response->mutable_model() = IrisModel();
  response->mutable_model()->set_name(request->name());
  return grpc::Status::OK;
}

grpc::Status FakeModelServer::UnloadModel(grpc::ServerContext*,
                                          const v1::UnloadModelRequest* request,
                                          v1::UnloadModelResponse*) {
  MutexLock lock(mutex_);
  last_unload_ = *request;
  return models.count(request->name()) == 0 ? NotFound(request->name()) : grpc::Status::OK;
}

grpc::Status FakeModelServer::ListModels(grpc::ServerContext*, const v1::ListModelsRequest*,
                                         v1::ListModelsResponse* response) {
  for (const auto& [name, model] : models) *response->add_models() = model;
  return grpc::Status::OK;
}

grpc::Status FakeModelServer::GetModel(grpc::ServerContext*, const v1::GetModelRequest* request,
                                       v1::GetModelResponse* response) {
  const auto model = models.find(request->name());
  if (model == models.end()) return NotFound(request->name());
  *response->mutable_model() = model->second;
  return grpc::Status::OK;
}

grpc::Status FakeModelServer::SaveCheckpoint(grpc::ServerContext*,
                                             const v1::SaveCheckpointRequest* request,
                                             v1::SaveCheckpointResponse* response) {
  MutexLock lock(mutex_);
  last_save_ = *request;
  response->set_path("/checkpoints/" + request->path());
  response->set_bytes(4096);
  response->set_sha256("abcd");
  auto* file = response->add_files();
  file->set_bytes(4096);
  file->set_sha256("abcd");
  return grpc::Status::OK;
}

grpc::Status FakeModelServer::PullCheckpoint(
    grpc::ServerContext*, const v1::PullCheckpointRequest* request,
    grpc::ServerWriter<v1::PullCheckpointResponse>* writer) {
  {
    MutexLock lock(mutex_);
    last_pull_ = *request;
  }
  for (const v1::PullCheckpointResponse& message : pull) writer->Write(message);
  return pull_status;
}

std::vector<v1::PullCheckpointResponse> PulledFile(const std::string& name,
                                                   const std::string& bytes) {
  std::vector<v1::PullCheckpointResponse> messages(4);
  messages[0].mutable_begin()->set_name(name);
  messages[0].mutable_begin()->set_bytes(bytes.size());
  messages[1].set_data(bytes.substr(0, 1));
  messages[2].set_data(bytes.substr(1));
  auto* end = messages[3].mutable_end();
  end->set_name(name);
  end->set_bytes(bytes.size());
  auto sha256 = *Sha256::Start();
  const absl::Status added = sha256.Add(bytes);
  end->set_sha256(added.ok() ? *sha256.Finish() : "");
  return messages;
}

v1::ModelVersion IrisModel() {
  v1::ModelVersion model;
  model.set_name("iris");
  model.set_version(2);
  model.set_state(v1::MODEL_STATE_READY);
  model.set_format("torchscript");
  model.set_path("iris.pt");
  model.set_device("cpu");
  model.set_bytes(2048);
  model.set_is_default(true);
  model.set_load_seconds(0.25);
  model.mutable_loaded_at()->set_seconds(1700000000);
  model.add_notes("Saved in training mode; served in eval mode.");
  auto* method = model.add_methods();
  method->set_name("forward");
  auto* input = method->add_inputs();
  input->set_type("Tensor");
  input->mutable_tensor()->set_name("x");
  input->mutable_tensor()->set_datatype("FP32");
  input->mutable_tensor()->set_has_shape(true);
  input->mutable_tensor()->add_shape(-1);
  input->mutable_tensor()->add_shape(4);
  auto* output = method->add_outputs();
  output->set_name("output");
  output->set_datatype("FP32");
  output->set_has_shape(true);
  output->add_shape(-1);
  output->add_shape(3);
  return model;
}

}  // namespace sconce::testing
