#include "server/rpc/infer_call.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/rpc/inference_messages.h"
#include "server/rpc/no_throw.h"
#include "server/rpc/status.h"
#include "server/telemetry/log.h"

namespace sconce {
namespace {

// A version can go out of service between Find and Submit; the next Find gives its successor.
constexpr int kAttempts = 3;

// gRPC's deadlines are calendar time; ours are not.
TimePoint DeadlineOf(const grpc::ServerContext& context, const Clock& clock) {
  constexpr auto kForever = std::chrono::hours(24 * 365);
  const auto deadline = context.deadline();
  const auto now = std::chrono::system_clock::now();
  if (deadline > now + kForever) return kNoDeadline;
  return clock.Now() + std::chrono::duration_cast<Duration>(deadline - now);
}

}  // namespace

void InferCall::Await(InferEngine& engine, const InferMethod& method,
                      grpc::ServerCompletionQueue& queue) {
  auto* call = new InferCall(engine, method, queue);
  call->context_.AsyncNotifyWhenDone(&call->over_);
  method(&call->context_, &call->request_, &call->writer_, &queue, &call->received_);
}

InferCall::InferCall(InferEngine& engine, const InferMethod& method,
                     grpc::ServerCompletionQueue& queue)
    : engine_(engine),
      method_(method),
      queue_(queue),
      writer_(&context_),
      received_(this, &InferCall::Received),
      finished_(this, &InferCall::Finished),
      over_(this, &InferCall::Over),
      charge_(engine.budget),
      cancelled_(std::make_shared<std::atomic<bool>>(false)) {
  engine_.alive.Enter();
}

InferCall::~InferCall() {
  if (entered_) engine_.gate.Leave();
  engine_.alive.Leave();
}

void InferCall::Received(bool ok) {
  if (!ok) {  // the server shuts down; `over` does not come for a call that never was
    delete this;
    return;
  }
  const absl::Status started = NoThrow([this] {
    Await(engine_, method_, queue_);
    return Start();
  });
  if (!started.ok()) Answer(started, {});
}

// The caller has left, or has the answer.
void InferCall::Over(bool /*ok*/) {
  if (context_.IsCancelled()) cancelled_->store(true);
  DeleteAfterBoth();
}

void InferCall::Finished(bool /*ok*/) { DeleteAfterBoth(); }

void InferCall::DeleteAfterBoth() {
  if (--events_left_ == 0) delete this;
}

// Not OK: nothing was submitted, and the answer is that status.
absl::Status InferCall::Start() {
  received_at_ = engine_.clock.Now();
  SCONCE_RETURN_IF_ERROR(Admit());
  SCONCE_ASSIGN_OR_RETURN(const InferReader reader, InferReader::Open(request_));
  request_.Clear();  // the reader has the slices, as long as they are needed
  id_ = reader.id();
  output_names_ = reader.OutputNames();
  model_name_ = reader.model_name();
  return FindAndSubmit(reader);
}

absl::Status InferCall::Admit() {
  entered_ = engine_.gate.Enter();
  if (!entered_) return absl::UnavailableError("the server is shutting down");
  if (!charge_.Add(static_cast<int64_t>(request_.Length()))) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("requests and answers in flight hold more than %d bytes; try again later",
                        engine_.budget.limit()));
  }
  return absl::OkStatus();
}

absl::Status InferCall::FindAndSubmit(const InferReader& reader) {
  SCONCE_ASSIGN_OR_RETURN(const int64_t number, ParseModelVersion(reader.model_version()));
  absl::Status status;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    SCONCE_ASSIGN_OR_RETURN(auto version, engine_.repository.Find(model_name_, number));
    if (version == version_) break;
    version_ = std::move(version);
    status = Submit(reader);
    if (!absl::IsUnavailable(status)) break;
  }
  return status;
}

absl::Status InferCall::Submit(const InferReader& reader) {
  SCONCE_ASSIGN_OR_RETURN(std::vector<NamedValue> inputs, reader.ReadInputs());
  Task task;
  SCONCE_ASSIGN_OR_RETURN(task.invocation,
                          version_->executable->Bind(reader.method(), std::move(inputs)));
  task.deadline = DeadlineOf(context_, engine_.clock);
  task.cancelled = cancelled_;
  task.done = [this](Outcome outcome) { Ran(std::move(outcome)); };
  phases_.input = engine_.clock.Now() - received_at_;
  // The call stays alive through this function: it can only be deleted on this thread.
  SCONCE_RETURN_IF_ERROR(version_->batcher->Submit(std::move(task)));
  version_->metrics->SetQueueDepth(version_->batcher->queue_depth());
  return absl::OkStatus();
}

void InferCall::Ran(Outcome outcome) {
  phases_.queue = outcome.queued;
  phases_.compute = outcome.ran ? outcome.computed : Duration{};
  version_->metrics->SetQueueDepth(version_->batcher->queue_depth());
  const absl::StatusOr<grpc::ByteBuffer> response =
      NoThrow([&] { return Encode(std::move(outcome)); });
  Answer(response.status(), response.ok() ? *response : grpc::ByteBuffer());
}

absl::StatusOr<grpc::ByteBuffer> InferCall::Encode(Outcome outcome) {
  SCONCE_RETURN_IF_ERROR(outcome.outputs.status());
  const TimePoint start = engine_.clock.Now();
  SCONCE_ASSIGN_OR_RETURN(
      grpc::ByteBuffer response,
      WriteInferResponse({version_->name, version_->version, id_}, *std::move(outcome.outputs),
                         output_names_, engine_.max_message_bytes));
  // Counted without being refused: the memory is in use, and it makes room for no newcomer.
  charge_.Add(static_cast<int64_t>(response.Length()));
  phases_.output = engine_.clock.Now() - start;
  return response;
}

// The last thing that happens to a call off its queue's thread: it may be gone afterwards.
void InferCall::Answer(const absl::Status& status, const grpc::ByteBuffer& response) {
  NoThrow([&] {
    Record(status);
    return absl::OkStatus();
  }).IgnoreError();
  if (status.ok()) {
    writer_.Finish(response, grpc::Status::OK, &finished_);
  } else {
    writer_.FinishWithError(ToGrpcStatus(status), &finished_);
  }
}

void InferCall::Record(const absl::Status& status) {
  phases_.total = engine_.clock.Now() - received_at_;
  if (version_ != nullptr) {
    version_->metrics->RecordRequest(status.code(), phases_);
  } else {
    engine_.metrics.RecordUnroutable(status.code());
  }
  LogRequest(status);
}

// Every request at debug level; those where the model itself failed are worth a warning.
void InferCall::LogRequest(const absl::Status& status) const {
  const LogLevel level = absl::IsInternal(status) ? LogLevel::kWarning : LogLevel::kDebug;
  if (!LogEnabled(level)) return;
  const int64_t version = version_ != nullptr ? version_->version : 0;
  if (status.ok()) {
    Log(level, "request served",
        {{"model", model_name_},
         {"version", version},
         {"id", id_},
         {"peer", context_.peer()},
         {"seconds", Seconds(phases_.total)}});
    return;
  }
  Log(level, "request failed",
      {{"model", model_name_},
       {"version", version},
       {"id", id_},
       {"peer", context_.peer()},
       {"code", absl::StatusCodeToString(status.code())},
       {"message", WireMessage({status.message().data(), status.message().size()})}});
}

}  // namespace sconce
