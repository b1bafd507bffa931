// RpcServer: the gRPC port. Translates between the wire and the engine and decides nothing itself.
//
// Infer and ModelInfer are raw asynchronous methods on completion-queue threads of our own:
// gRPC 1.51's callback threads sleep 100 ms after a second without events, and raw bytes let a
// tensor be copied once on its way in and not at all on its way out. All other methods use the
// callback API and generated code.

#ifndef SCONCE_SERVER_RPC_RPC_SERVER_H_
#define SCONCE_SERVER_RPC_RPC_SERVER_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/repository/repository.h"
#include "server/telemetry/metrics.h"

namespace sconce {

// Thread-safe.
class RpcServer {
 public:
  struct Options {
    std::string address = "127.0.0.1:8001";  // "HOST:PORT"; port 0 takes a free one
    int64_t max_message_bytes = int64_t{256} << 20;
    int completion_threads = 2;
    std::string server_version;
    // A caller of PullCheckpoint who takes nothing for so long is cut off.
    Duration pull_patience = std::chrono::minutes(2);
  };

  // FAILED_PRECONDITION: the port is busy or the host is not ours; the message names the address.
  // `repository`, `metrics` and `clock` outlive the server.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Start(Options options, Repository& repository,
                                                          Metrics& metrics, const Clock& clock);
  virtual ~RpcServer() = default;

  virtual int port() const = 0;

  // Health says NOT_SERVING at once, new calls are refused, calls in flight finish; after `grace`
  // they are cancelled. Returns when no call is left.
  virtual void Shutdown(Duration grace) = 0;

  // Turns the health service (grpc.health.v1, service "" and both service names) to SERVING or
  // NOT_SERVING.
  virtual void SetServing(bool serving) = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_RPC_SERVER_H_
