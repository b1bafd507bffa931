#include "server/rpc/call_gate.h"

namespace sconce {

bool CallGate::Enter() {
  MutexLock lock(mutex_);
  if (closed_) return false;
  ++inside_;
  return true;
}

void CallGate::Leave() {
  MutexLock lock(mutex_);
  if (--inside_ == 0) empty_.SignalAll();
}

void CallGate::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
}

void CallGate::WaitUntilEmpty() {
  MutexLock lock(mutex_);
  while (inside_ > 0) empty_.Wait(mutex_);
}

bool CallGate::WaitUntilEmpty(Duration timeout) {
  const TimePoint end = Clock::Real().Now() + timeout;
  MutexLock lock(mutex_);
  while (inside_ > 0) {
    const Duration left = end - Clock::Real().Now();
    if (left <= Duration::zero()) return false;
    empty_.WaitFor(mutex_, left);
  }
  return true;
}

}  // namespace sconce
