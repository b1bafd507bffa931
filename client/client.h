// Client: calls a Sconce daemon. Every call blocks until its answer is there, has failed, or the
// timeout is over.
//
//   SCONCE_ASSIGN_OR_RETURN(auto client, sconce::Client::Connect("localhost:8001"));
//   SCONCE_ASSIGN_OR_RETURN(
//       auto result,
//       client->Infer({.model = "iris", .inputs = {MakeTensor<float>("x", {1, 4}, values)}}));
//
// A Status carries the daemon's code and message (design: NOT_FOUND no such model,
// INVALID_ARGUMENT the request disagrees with the signature, ...).

#ifndef SCONCE_CLIENT_CLIENT_H_
#define SCONCE_CLIENT_CLIENT_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/infer_codec.h"
#include "client/tensor.h"
#include "proto/inference/grpc_service.pb.h"
#include "proto/sconce/v1/model_server.pb.h"
#include "server/formats/io/output_files.h"

namespace sconce {

struct ClientOptions {
  // Of a message, either way. The daemon has its own limit.
  int64_t max_message_bytes = int64_t{256} << 20;
  // Of a call; zero: none. DEADLINE_EXCEEDED once it is over.
  std::chrono::milliseconds timeout{0};
  // How long Connect waits for a daemon that neither answers nor refuses.
  std::chrono::milliseconds connect_timeout{5000};
  // A connection that no other Client of this process shares.
  bool own_connection = false;
};

// Thread-safe: any number of calls may run at once, on one connection. No proxy is used, whatever
// the environment says. After a lost connection the next call connects again.
class Client {
 public:
  // "HOST:PORT". Returns once the connection stands. UNAVAILABLE: no daemon there.
  static absl::StatusOr<std::unique_ptr<Client>> Connect(const std::string& address,
                                                         ClientOptions options = {});
  ~Client();

  absl::StatusOr<InferResult> Infer(const InferRequest& request) const;

  // With messages made by the caller; for those who send the same one many times.
  absl::Status InferMessage(const inference::ModelInferRequest& request,
                            inference::ModelInferResponse& response) const;

  // Returns when the version serves. Paths are the daemon's.
  absl::StatusOr<v1::ModelVersion> LoadModel(const v1::LoadModelRequest& request) const;

  // Version 0: every version.
  absl::Status UnloadModel(const std::string& name, int64_t version = 0) const;

  absl::StatusOr<std::vector<v1::ModelVersion>> ListModels() const;

  // Version 0: the one that serves by default.
  absl::StatusOr<v1::ModelVersion> GetModel(const std::string& name, int64_t version = 0) const;

  // Writes a file on the daemon's machine, below its --checkpoints folder.
  absl::StatusOr<v1::SaveCheckpointResponse> SaveCheckpoint(
      const v1::SaveCheckpointRequest& request) const;

  // The same into `out`, piece by piece, whatever the size. What arrived is the checkpoint only if
  // the result is OK: every file was compared with its digest. DATA_LOSS: one was not as sent.
  absl::Status PullCheckpoint(const v1::PullCheckpointRequest& request, OutputFiles& out) const;

  absl::StatusOr<inference::ServerMetadataResponse> ServerMetadata() const;

 private:
  struct Stubs;

  Client(std::unique_ptr<Stubs> stubs, ClientOptions options);

  const std::unique_ptr<const Stubs> stubs_;
  const ClientOptions options_;
};

}  // namespace sconce

#endif  // SCONCE_CLIENT_CLIENT_H_
