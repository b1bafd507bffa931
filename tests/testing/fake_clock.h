// A clock that stands still until a test moves it.

#ifndef SCONCE_TESTS_TESTING_FAKE_CLOCK_H_
#define SCONCE_TESTS_TESTING_FAKE_CLOCK_H_

#include "server/base/clock.h"
#include "server/base/mutex.h"

namespace sconce::testing {

// Thread-safe.
class FakeClock final : public Clock {
 public:
  TimePoint Now() const override {
    MutexLock lock(mutex_);
    return now_;
  }
  void Advance(Duration by) {
    MutexLock lock(mutex_);
    now_ += by;
  }

 private:
  mutable Mutex mutex_;
  TimePoint now_ SCONCE_GUARDED_BY(mutex_){};
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_TESTING_FAKE_CLOCK_H_
