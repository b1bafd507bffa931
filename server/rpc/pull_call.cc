#include "server/rpc/pull_call.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/rpc/no_throw.h"
#include "server/rpc/pull_files.h"
#include "server/rpc/status.h"

namespace sconce {

PullCall* PullCall::Start(grpc::CallbackServerContext* context, ControlRoom room, Duration patience,
                          Produce produce) {
  auto* call = new PullCall(context, patience);
  if (!room.gate.Enter()) {
    call->Finish(ToGrpcStatus(absl::UnavailableError("the server is shutting down")));
    return call;
  }
  room.threads.Submit([call, gate = &room.gate, produce = std::move(produce)](absl::Status status) {
    if (status.ok()) status = NoThrow([&] { return call->Run(produce); });
    call->End(status);
    gate->Leave();
  });
  return call;
}

void PullCall::OnWriteDone(bool ok) {
  MutexLock lock(mutex_);
  writing_ = false;
  caller_gone_ |= !ok;
  changed_.SignalAll();
}

void PullCall::OnCancel() {
  MutexLock lock(mutex_);
  caller_gone_ = true;
  changed_.SignalAll();
}

absl::Status PullCall::Run(const Produce& produce) {
  PullFiles files(kPiece,
                  [this](v1::PullCheckpointResponse message) { return Send(std::move(message)); });
  return produce(files);
}

absl::Status PullCall::Send(v1::PullCheckpointResponse message) {
  switch (AwaitTaken()) {
    case Taken::kYes:
      break;
    case Taken::kCallerGone:
      return absl::CancelledError("the caller is gone");
    case Taken::kStalled:
      // Otherwise the write would never be over, nor the call.
      context_->TryCancel();
      return absl::DeadlineExceededError(
          absl::StrFormat("the caller took nothing for %.3g s", Seconds(patience_)));
  }
  in_flight_ = std::move(message);
  {
    MutexLock lock(mutex_);
    writing_ = true;
  }
  StartWrite(&in_flight_);
  return absl::OkStatus();
}

PullCall::Taken PullCall::AwaitTaken() {
  const TimePoint end = Clock::Real().Now() + patience_;
  MutexLock lock(mutex_);
  while (writing_ && !caller_gone_) {
    const Duration left = end - Clock::Real().Now();
    if (left <= Duration::zero()) return Taken::kStalled;
    changed_.WaitFor(mutex_, left);
  }
  return caller_gone_ ? Taken::kCallerGone : Taken::kYes;
}

void PullCall::End(const absl::Status& status) {
  // The last write may be refused as any other.
  if (AwaitTaken() == Taken::kStalled) context_->TryCancel();
  {
    MutexLock lock(mutex_);
    while (writing_) changed_.Wait(mutex_);
  }
  Finish(ToGrpcStatus(status));
}

}  // namespace sconce
