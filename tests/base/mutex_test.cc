#include "server/base/mutex.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <vector>

namespace sconce {
namespace {

class Counter {
 public:
  void Add() {
    MutexLock lock(mutex_);
    ++count_;
    changed_.SignalAll();
  }

  void WaitUntil(int count) {
    MutexLock lock(mutex_);
    while (count_ < count) changed_.Wait(mutex_);
  }

  // Whether a signal came, and that the mutex is held again either way.
  bool WaitFor(std::chrono::milliseconds timeout) {
    MutexLock lock(mutex_);
    const bool signalled = changed_.WaitFor(mutex_, timeout);
    ++count_;
    return signalled;
  }

  int count() {
    MutexLock lock(mutex_);
    return count_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ SCONCE_GUARDED_BY(mutex_) = 0;
};

TEST(Mutex, LosesNoUpdate) {
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) counter.Add();
    });
  }
  counter.WaitUntil(4000);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.count(), 4000);
}

TEST(CondVar, SaysWhenNobodySignalled) {
  Counter counter;
  EXPECT_FALSE(counter.WaitFor(std::chrono::milliseconds(1)));
  EXPECT_EQ(counter.count(), 1);
}

}  // namespace
}  // namespace sconce
