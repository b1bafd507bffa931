// What became of each task of a test, collected from whichever thread answered.

#ifndef SCONCE_TESTS_BATCHING_OUTCOMES_H_
#define SCONCE_TESTS_BATCHING_OUTCOMES_H_

#include <map>
#include <memory>
#include <utility>

#include "server/base/mutex.h"
#include "server/batching/batcher.h"
#include "tests/testing/fake_executable.h"

namespace sconce::testing {

// Thread-safe.
class Outcomes {
 public:
  // A task that is known as `id`.
  Task MakeTask(int id, TimePoint deadline = kNoDeadline) {
    Task task;
    auto invocation = std::make_unique<FakeInvocation>();
    invocation->inputs.push_back({"x", StringTensor{{1}, {std::to_string(id)}}});
    task.invocation = std::move(invocation);
    task.deadline = deadline;
    task.done = [this, id](Outcome outcome) { Add(id, std::move(outcome)); };
    return task;
  }

  // Waits until `id` was answered.
  absl::StatusCode CodeOf(int id) {
    MutexLock lock(mutex_);
    while (answers_.count(id) == 0) changed_.Wait(mutex_);
    return answers_.at(id).outputs.status().code();
  }
  Outcome Take(int id) {
    CodeOf(id);
    MutexLock lock(mutex_);
    return std::move(answers_.at(id));
  }
  size_t count() const {
    MutexLock lock(mutex_);
    return answers_.size();
  }
  bool doubled() const {
    MutexLock lock(mutex_);
    return doubled_;
  }

 private:
  void Add(int id, Outcome outcome) {
    MutexLock lock(mutex_);
    doubled_ |= !answers_.emplace(id, std::move(outcome)).second;
    changed_.SignalAll();
  }

  mutable Mutex mutex_;
  CondVar changed_;
  std::map<int, Outcome> answers_ SCONCE_GUARDED_BY(mutex_);
  bool doubled_ SCONCE_GUARDED_BY(mutex_) = false;
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_BATCHING_OUTCOMES_H_
