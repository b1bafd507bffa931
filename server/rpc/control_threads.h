// ControlThreads: where RPCs that block (load, unload, save) do so. gRPC's own threads are few and
// shared by every call in the process: one that waits there stops the server.

#ifndef SCONCE_SERVER_RPC_CONTROL_THREADS_H_
#define SCONCE_SERVER_RPC_CONTROL_THREADS_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "server/base/mutex.h"

namespace sconce {

// Thread-safe.
class ControlThreads {
 public:
  // Called exactly once: with OK on one of the threads, to do its work, or with the reason why it
  // will not be done. Must not throw.
  using Job = std::function<void(const absl::Status& admitted)>;

  ControlThreads(int threads, size_t max_waiting);
  // Drains, finishes the jobs that run, joins.
  ~ControlThreads();

  // RESOURCE_EXHAUSTED: too many wait already. UNAVAILABLE: Drain was called.
  void Submit(Job job);

  // Refuses the jobs that wait and those still to come. Returns at once.
  void Drain();

 private:
  void Run();
  // Takes the job if and only if the result is OK.
  absl::Status Admit(Job& job);
  // Nothing to do and no more to come: an empty Job.
  Job Next();

  const size_t max_waiting_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Job> waiting_ SCONCE_GUARDED_BY(mutex_);
  bool draining_ SCONCE_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_CONTROL_THREADS_H_
