#include "server/batching/batcher.h"

#include <algorithm>
#include <exception>
#include <new>
#include <thread>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/mutex.h"
#include "server/batching/batch_queue.h"

namespace sconce {
namespace {

// Longest sleep of the timer, so that a deadline in the far future can't overflow the wait.
constexpr Duration kLongestSleep = std::chrono::hours(1);

void Answer(BatchQueue::Waiting& waiting, Outcome outcome) {
  // Callers must not throw from `done`; what memory shortage throws there all the same must not end
  // the thread that serves everybody else.
  try {
    waiting.task.done(std::move(outcome));
  } catch (...) {
  }
}

void AnswerUnrun(BatchQueue::Tasks& tasks, const absl::Status& status, TimePoint now) {
  for (BatchQueue::Waiting& waiting : tasks) {
    Answer(waiting, Outcome{.outputs = status, .queued = now - waiting.enqueued});
  }
}

absl::Status Expired() {
  return absl::DeadlineExceededError("the deadline passed while the request waited for the model");
}

absl::Status Cancelled() {
  return absl::CancelledError("the caller cancelled the request while it waited for the model");
}

// Executable::Run reports its errors as a Status; the little that can still be thrown around it
// (no memory for the answer) becomes one here.
absl::StatusOr<std::vector<NamedValue>> RunGuarded(const Executable& executable,
                                                   std::unique_ptr<Invocation> invocation) {
  try {
    return executable.Run(std::move(invocation));
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory while the model ran");
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrFormat("the model threw: %s", e.what()));
  } catch (...) {
    return absl::InternalError("the model threw something that is no exception");
  }
}

}  // namespace

// Thread-safe.
class Batcher::Impl {
 public:
  Impl(std::shared_ptr<const Executable> executable, Options options, const Clock& clock)
      : executable_(std::move(executable)),
        clock_(clock),
        intra_op_(options.threads.intra_op),
        max_queue_(options.max_queue),
        queue_(options.max_queue) {
    try {
      timer_ = std::thread([this] { AnswerExpired(); });
      const int instances = std::max(options.threads.instances, 1);
      for (int i = 0; i < instances; ++i) {
        workers_.emplace_back([this] { Work(); });
      }
    } catch (...) {  // the system grants no more threads
      Stop();
      throw;
    }
  }

  ~Impl() { Stop(); }

  absl::Status Submit(Task task) SCONCE_EXCLUDES(mutex_) {
    const TimePoint deadline = task.deadline;
    bool wake_worker = false;
    bool wake_timer = false;
    {
      MutexLock lock(mutex_);
      if (draining_) {
        return absl::UnavailableError("this version of the model is being taken out of service");
      }
      if (!queue_.Push(std::move(task), clock_.Now())) {
        return absl::ResourceExhaustedError(absl::StrFormat(
            "%d requests wait for this model already, as many as may; try again later",
            max_queue_));
      }
      wake_worker = idle_workers_ > 0;
      wake_timer = deadline < timer_wakes_at_;
      if (wake_timer) timer_wakes_at_ = deadline;
    }
    // Without the lock: whoever wakes up needs it.
    if (wake_worker) work_.Signal();
    if (wake_timer) timer_changed_.Signal();
    return absl::OkStatus();
  }

  void Drain() SCONCE_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    draining_ = true;
  }

  size_t queue_depth() const SCONCE_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return queue_.size();
  }

 private:
  void Work() {
    UseIntraOpThreads(intra_op_);
    TimePoint now;
    // What was taken dies at the end of each turn: an idle worker must not hold on to what the
    // callbacks hold.
    while (std::optional<BatchQueue::Taken> taken = Next(now)) {
      AnswerUnrun(taken->expired, Expired(), now);
      AnswerUnrun(taken->cancelled, Cancelled(), now);
      for (BatchQueue::Waiting& waiting : taken->batch) RunOne(waiting, now);
    }
  }

  // Waits for tasks. Nothing: the Batcher is done.
  std::optional<BatchQueue::Taken> Next(TimePoint& now) SCONCE_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (queue_.empty()) {
      if (stopping_) return std::nullopt;
      ++idle_workers_;
      work_.Wait(mutex_);
      --idle_workers_;
    }
    now = clock_.Now();
    return queue_.TakeBatch(now);
  }

  void RunOne(BatchQueue::Waiting& waiting, TimePoint started) {
    Outcome outcome{.outputs = RunGuarded(*executable_, std::move(waiting.task.invocation)),
                    .queued = started - waiting.enqueued,
                    .ran = true};
    outcome.computed = clock_.Now() - started;
    Answer(waiting, std::move(outcome));
  }

  // The timer's thread: sleeps until the next deadline, also while all workers are busy.
  void AnswerExpired() {
    TimePoint now;
    while (std::optional<BatchQueue::Tasks> expired = NextExpired(now)) {
      AnswerUnrun(*expired, Expired(), now);
    }
  }

  std::optional<BatchQueue::Tasks> NextExpired(TimePoint& now) SCONCE_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!timer_stopping_) {
      now = clock_.Now();
      BatchQueue::Tasks expired = queue_.TakeExpired(now);
      if (!expired.empty()) return expired;
      // It is not woken when the task that it waits for runs in time: one idle wake-up a deadline
      // costs less than a signal a request.
      timer_wakes_at_ = queue_.next_deadline();
      if (timer_wakes_at_ == kNoDeadline) {
        timer_changed_.Wait(mutex_);
      } else {
        timer_changed_.WaitFor(mutex_, std::min(timer_wakes_at_ - now, kLongestSleep));
      }
    }
    return std::nullopt;
  }

  // Workers finish the queue first; the timer stays until they are through, for deadlines that pass
  // meanwhile.
  void Stop() {
    {
      MutexLock lock(mutex_);
      draining_ = true;
      stopping_ = true;
    }
    work_.SignalAll();
    for (std::thread& worker : workers_) worker.join();
    {
      MutexLock lock(mutex_);
      timer_stopping_ = true;
    }
    timer_changed_.Signal();
    if (timer_.joinable()) timer_.join();
  }

  const std::shared_ptr<const Executable> executable_;
  const Clock& clock_;
  const int intra_op_;
  const size_t max_queue_;

  mutable Mutex mutex_;
  CondVar work_;           // a task came, or the end
  CondVar timer_changed_;  // an earlier deadline came, or the end
  BatchQueue queue_ SCONCE_GUARDED_BY(mutex_);
  int idle_workers_ SCONCE_GUARDED_BY(mutex_) = 0;
  TimePoint timer_wakes_at_ SCONCE_GUARDED_BY(mutex_) = kNoDeadline;
  bool draining_ SCONCE_GUARDED_BY(mutex_) = false;
  bool stopping_ SCONCE_GUARDED_BY(mutex_) = false;
  bool timer_stopping_ SCONCE_GUARDED_BY(mutex_) = false;

  // Last: they use all of the above.
  std::thread timer_;
  std::vector<std::thread> workers_;
};

Batcher::Batcher(std::shared_ptr<const Executable> executable, Options options, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(executable), std::move(options), clock)) {}

Batcher::~Batcher() = default;

absl::Status Batcher::Submit(Task task) { return impl_->Submit(std::move(task)); }

void Batcher::Drain() { impl_->Drain(); }

size_t Batcher::queue_depth() const { return impl_->queue_depth(); }

}  // namespace sconce
