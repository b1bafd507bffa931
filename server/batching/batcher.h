// Batcher: the queue in front of one model version and the threads that run it. Bounded, honours
// deadlines and cancellation while requests wait. Requests run one by one, several side by side;
// merging them into batches comes with max_batch_size.

#ifndef SCONCE_SERVER_BATCHING_BATCHER_H_
#define SCONCE_SERVER_BATCHING_BATCHER_H_

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/runtime/executable.h"
#include "server/runtime/thread_budget.h"

namespace sconce {

// What became of a task, and how long it waited and ran. `ran` is false when it never reached the
// model.
struct Outcome {
  absl::StatusOr<std::vector<NamedValue>> outputs;
  Duration queued{};
  Duration computed{};
  bool ran = false;
};

struct Task {
  std::unique_ptr<Invocation> invocation;
  TimePoint deadline = kNoDeadline;
  // Set by the caller, from any thread, when nobody waits for the answer any more. May be null.
  std::shared_ptr<const std::atomic<bool>> cancelled;
  // Called exactly once for a task that Submit took, on a thread of the Batcher, with no lock held.
  std::function<void(Outcome)> done;
};

// Thread-safe.
class Batcher {
 public:
  struct Options {
    ThreadBudget threads;
    // Tasks that may wait; one more is refused.
    size_t max_queue = 1024;
  };

  // `executable` and `clock` are shared with, and outlive, the threads.
  Batcher(std::shared_ptr<const Executable> executable, Options options, const Clock& clock);

  // Finishes what waits and runs, then joins its threads. Never call it on one of them (from
  // `done`).
  ~Batcher();

  // Takes the task if and only if the result is OK; otherwise `done` is never called.
  // RESOURCE_EXHAUSTED: the queue is full. UNAVAILABLE: Drain was called.
  // An expired task is answered DEADLINE_EXCEEDED at its deadline, by timer, and a cancelled one
  // CANCELLED; neither runs.
  absl::Status Submit(Task task);

  // Takes no more tasks; those it has are finished. Returns at once.
  void Drain();

  size_t queue_depth() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_BATCHING_BATCHER_H_
