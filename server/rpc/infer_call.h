// InferCall: one inference RPC from its arrival to its answer.
//
//   gRPC ─ received ─► read, find, bind ─► Batcher ─ outcome ─► write ─► gRPC ─ finished ─► gone
//
// The call owns itself. gRPC reports three events on the call's queue: received, finished (the
// answer is out) and over (nobody listens any more, perhaps because the caller left). The first of
// the last two to come changes nothing, the second one deletes the call.

#ifndef SCONCE_SERVER_RPC_INFER_CALL_H_
#define SCONCE_SERVER_RPC_INFER_CALL_H_

#include <grpcpp/completion_queue.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/batching/batcher.h"
#include "server/repository/repository.h"
#include "server/rpc/byte_budget.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/completion_threads.h"
#include "server/rpc/infer_reader.h"
#include "server/rpc/infer_writer.h"
#include "server/telemetry/metrics.h"

namespace sconce {

// What a call works with; outlives every call.
struct InferEngine {
  Repository& repository;
  Metrics& metrics;
  const Clock& clock;
  ByteBudget& budget;
  CallGate& gate;   // calls being answered
  CallGate& alive;  // those, and the ones that gRPC still holds a pointer to; never closed
  size_t max_message_bytes;
};

// Asks gRPC for the next call of one method.
using InferMethod = std::function<void(grpc::ServerContext*, grpc::ByteBuffer*,
                                       grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>*,
                                       grpc::ServerCompletionQueue*, void* tag)>;

class InferCall {
 public:
  // Waits for a call of `method`, answers it, and waits for the next one meanwhile.
  static void Await(InferEngine& engine, const InferMethod& method,
                    grpc::ServerCompletionQueue& queue);

 private:
  class Event final : public CompletionEvent {
   public:
    using Handler = void (InferCall::*)(bool ok);
    Event(InferCall* call, Handler handler) : call_(call), handler_(handler) {}
    void Happened(bool ok) override { (call_->*handler_)(ok); }

   private:
    InferCall* const call_;
    const Handler handler_;
  };

  InferCall(InferEngine& engine, const InferMethod& method, grpc::ServerCompletionQueue& queue);
  ~InferCall();

  // On the queue's thread.
  void Received(bool ok);
  void Finished(bool ok);
  void Over(bool ok);
  absl::Status Start();
  absl::Status Admit();
  absl::Status FindAndSubmit(const InferReader& reader);
  absl::Status Submit(const InferReader& reader);
  void DeleteAfterBoth();

  // On the Batcher's thread, or still on the queue's when it did not get that far.
  void Ran(Outcome outcome);
  absl::StatusOr<grpc::ByteBuffer> Encode(Outcome outcome);
  void Answer(const absl::Status& status, const grpc::ByteBuffer& response);
  void Record(const absl::Status& status);
  void LogRequest(const absl::Status& status) const;

  InferEngine& engine_;
  const InferMethod& method_;
  grpc::ServerCompletionQueue& queue_;
  grpc::ServerContext context_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> writer_;
  grpc::ByteBuffer request_;
  Event received_;
  Event finished_;
  Event over_;
  int events_left_ = 2;  // finished, over
  bool entered_ = false;

  ByteCharge charge_;
  TimePoint received_at_;
  Phases phases_;
  std::string model_name_;
  std::string id_;
  std::vector<std::string> output_names_;
  std::shared_ptr<const ServingVersion> version_;
  const std::shared_ptr<std::atomic<bool>> cancelled_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_INFER_CALL_H_
