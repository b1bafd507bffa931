// PullCall: one call of PullCheckpoint. A control thread produces, gRPC takes one message at a
// time; the producer waits for it, so that memory is bounded however slow the caller is.

#ifndef SCONCE_SERVER_RPC_PULL_CALL_H_
#define SCONCE_SERVER_RPC_PULL_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstddef>
#include <functional>

#include "absl/status/status.h"
#include "proto/sconce/v1/model_server.pb.h"
#include "server/base/clock.h"
#include "server/base/mutex.h"
#include "server/formats/io/output_files.h"
#include "server/rpc/unary_answer.h"

namespace sconce {

// Lives until gRPC and the control thread are done with it. Cancellation only sets a flag: the
// producer learns of it at its next write.
class PullCall final : public grpc::ServerWriteReactor<v1::PullCheckpointResponse> {
 public:
  static constexpr size_t kPiece = size_t{1} << 19;

  using Produce = std::function<absl::Status(OutputFiles& out)>;

  // `produce` runs on a thread of `room`; what it returns ends the stream. A caller who takes
  // nothing for `patience` is cut off.
  static PullCall* Start(grpc::CallbackServerContext* context, ControlRoom room, Duration patience,
                         Produce produce);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  enum class Taken { kYes, kCallerGone, kStalled };

  PullCall(grpc::CallbackServerContext* context, Duration patience)
      : context_(context), patience_(patience) {}

  // The rest on the control thread.
  absl::Status Run(const Produce& produce);
  absl::Status Send(v1::PullCheckpointResponse message);
  Taken AwaitTaken();
  // Afterwards the call may be gone.
  void End(const absl::Status& status);

  grpc::CallbackServerContext* const context_;
  const Duration patience_;
  v1::PullCheckpointResponse in_flight_;  // gRPC's while writing_

  Mutex mutex_;
  CondVar changed_;
  bool writing_ SCONCE_GUARDED_BY(mutex_) = false;
  bool caller_gone_ SCONCE_GUARDED_BY(mutex_) = false;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_PULL_CALL_H_
