// BatchQueue: decides which waiting task runs next and which ones are answered without running.
// Pure: no thread, no clock, no callback; the caller brings the time and does what it decides.

#ifndef SCONCE_SERVER_BATCHING_BATCH_QUEUE_H_
#define SCONCE_SERVER_BATCHING_BATCH_QUEUE_H_

#include <cstddef>
#include <list>
#include <map>
#include <optional>

#include "server/base/clock.h"
#include "server/batching/batcher.h"

namespace sconce {

// Not thread-safe.
class BatchQueue {
 public:
  struct Waiting;
  // In order of deadline; the value is the task's place in the queue.
  using Deadlines = std::multimap<TimePoint, std::list<Waiting>::iterator>;
  struct Waiting {
    Task task;
    TimePoint enqueued;
    std::optional<Deadlines::iterator> deadline;  // nothing: it waits as long as it takes
  };
  // Lists, so that tasks change hands without being moved.
  using Tasks = std::list<Waiting>;

  struct Taken {
    Tasks expired;
    Tasks cancelled;
    Tasks batch;  // what runs now, together: one task, or none
  };

  explicit BatchQueue(size_t max_tasks) : max_tasks_(max_tasks) {}

  // False: the queue is full, and `task` is left as it was.
  bool Push(Task&& task, TimePoint now);

  // Every expired task, wherever it waits; then, from the front, the cancelled ones up to the first
  // that may run. A task whose deadline is `now` has expired.
  Taken TakeBatch(TimePoint now);

  // The expired ones alone: what the timer asks for.
  Tasks TakeExpired(TimePoint now);

  // When TakeExpired has something to give; kNoDeadline: never.
  TimePoint next_deadline() const;

  bool empty() const { return tasks_.empty(); }
  size_t size() const { return tasks_.size(); }

 private:
  // Moves one task to the end of `to`.
  void Take(Tasks::iterator waiting, Tasks& to);

  const size_t max_tasks_;
  Tasks tasks_;  // oldest first
  Deadlines deadlines_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_BATCHING_BATCH_QUEUE_H_
