#include "server/rpc/control_threads.h"

#include <utility>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

absl::Status ShuttingDown() { return absl::UnavailableError("the server is shutting down"); }

}  // namespace

ControlThreads::ControlThreads(int threads, size_t max_waiting) : max_waiting_(max_waiting) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

ControlThreads::~ControlThreads() {
  Drain();
  for (std::thread& thread : threads_) thread.join();
}

void ControlThreads::Submit(Job job) {
  const absl::Status admitted = Admit(job);
  if (!admitted.ok()) job(admitted);
}

absl::Status ControlThreads::Admit(Job& job) {
  MutexLock lock(mutex_);
  if (draining_) return ShuttingDown();
  if (waiting_.size() >= max_waiting_) {
    return absl::ResourceExhaustedError(absl::StrFormat(
        "%d calls that take long are waiting already; try again later", waiting_.size()));
  }
  waiting_.push_back(std::move(job));
  changed_.Signal();
  return absl::OkStatus();
}

void ControlThreads::Drain() {
  std::deque<Job> refused;
  {
    MutexLock lock(mutex_);
    draining_ = true;
    refused.swap(waiting_);
    changed_.SignalAll();
  }
  for (const Job& job : refused) job(ShuttingDown());
}

ControlThreads::Job ControlThreads::Next() {
  MutexLock lock(mutex_);
  while (waiting_.empty() && !draining_) changed_.Wait(mutex_);
  if (waiting_.empty()) return nullptr;
  Job job = std::move(waiting_.front());
  waiting_.pop_front();
  return job;
}

void ControlThreads::Run() {
  while (const Job job = Next()) job(absl::OkStatus());
}

}  // namespace sconce
