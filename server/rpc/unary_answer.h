// How the callback methods answer: at once on gRPC's thread, or from a control thread when the work
// blocks. Either way exactly one Finish, whatever the work does.

#ifndef SCONCE_SERVER_RPC_UNARY_ANSWER_H_
#define SCONCE_SERVER_RPC_UNARY_ANSWER_H_

#include <grpcpp/support/server_callback.h>

#include <utility>

#include "absl/status/status.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/control_threads.h"
#include "server/rpc/no_throw.h"
#include "server/rpc/status.h"

namespace sconce {

// `work()` fills the response and returns an absl::Status; it must not wait.
template <typename Work>
grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, Work work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(NoThrow(std::move(work))));
  return reactor;
}

// The threads for blocking work, and the gate that a shutdown waits at.
struct ControlRoom {
  ControlThreads& threads;
  CallGate& gate;
};

// `work` may take its time. It runs to its end even when the caller goes away.
template <typename Work>
grpc::ServerUnaryReactor* AnswerLater(grpc::CallbackServerContext* context, ControlRoom room,
                                      Work work) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (!room.gate.Enter()) {
    reactor->Finish(ToGrpcStatus(absl::UnavailableError("the server is shutting down")));
    return reactor;
  }
  room.threads.Submit([reactor, gate = &room.gate, work = std::move(work)](absl::Status status) {
    if (status.ok()) status = NoThrow(work);
    reactor->Finish(ToGrpcStatus(status));
    gate->Leave();
  });
  return reactor;
}

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_UNARY_ANSWER_H_
