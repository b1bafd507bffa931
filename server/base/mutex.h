// Annotated mutex: std::mutex with the attributes that let clang prove, at compile time, that
// guarded data is only touched under its lock (-Wthread-safety, an error in the clang lane). A
// wrapper over std::mutex, not absl::Mutex, because an uninstrumented Abseil makes ThreadSanitizer
// report races that do not exist.
//
// Rule of the project: one private mutex per class, every field it protects says SCONCE_GUARDED_BY,
// no callback is called while a lock is held.

#ifndef SCONCE_SERVER_BASE_MUTEX_H_
#define SCONCE_SERVER_BASE_MUTEX_H_

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define SCONCE_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define SCONCE_THREAD_ATTRIBUTE(x)
#endif

#define SCONCE_CAPABILITY(x) SCONCE_THREAD_ATTRIBUTE(capability(x))
#define SCONCE_SCOPED_CAPABILITY SCONCE_THREAD_ATTRIBUTE(scoped_lockable)
#define SCONCE_GUARDED_BY(x) SCONCE_THREAD_ATTRIBUTE(guarded_by(x))
#define SCONCE_PT_GUARDED_BY(x) SCONCE_THREAD_ATTRIBUTE(pt_guarded_by(x))
#define SCONCE_REQUIRES(...) SCONCE_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define SCONCE_ACQUIRE(...) SCONCE_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define SCONCE_RELEASE(...) SCONCE_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define SCONCE_EXCLUDES(...) SCONCE_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define SCONCE_NO_THREAD_SAFETY_ANALYSIS SCONCE_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace sconce {

// Thread-safe, not recursive.
class SCONCE_CAPABILITY("mutex") Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() SCONCE_ACQUIRE() { mutex_.lock(); }
  void Unlock() SCONCE_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds a mutex for the length of a scope.
class SCONCE_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SCONCE_ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() SCONCE_RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// A condition variable for Mutex. The caller holds the mutex; waiting releases it and takes it
// again before returning. Wake-ups may be spurious: wait in a loop over the condition, written in
// the function that holds the lock, where the analysis can see it.
class CondVar {
 public:
  void Wait(Mutex& mutex) SCONCE_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  // Returns false once `timeout` has passed without a signal.
  template <class Rep, class Period>
  bool WaitFor(Mutex& mutex, std::chrono::duration<Rep, Period> timeout) SCONCE_REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool signalled = condition_.wait_for(lock, timeout) == std::cv_status::no_timeout;
    lock.release();
    return signalled;
  }

  void Signal() { condition_.notify_one(); }
  void SignalAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_BASE_MUTEX_H_
