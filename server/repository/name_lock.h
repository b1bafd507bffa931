// One load at a time for each model name; loads of different names do not meet.

#ifndef SCONCE_SERVER_REPOSITORY_NAME_LOCK_H_
#define SCONCE_SERVER_REPOSITORY_NAME_LOCK_H_

#include <set>
#include <string>
#include <utility>

#include "server/base/mutex.h"

namespace sconce {

// The names that are being worked on. Thread-safe.
class BusyNames {
 public:
  void Acquire(const std::string& name) SCONCE_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!names_.insert(name).second) released_.Wait(mutex_);
  }
  void Release(const std::string& name) SCONCE_EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    names_.erase(name);
    released_.SignalAll();
  }

 private:
  Mutex mutex_;
  CondVar released_;
  std::set<std::string> names_ SCONCE_GUARDED_BY(mutex_);
};

// Holds a name for the length of a scope; a second one waits.
class NameLock {
 public:
  NameLock(BusyNames& names, std::string name) : names_(names), name_(std::move(name)) {
    names_.Acquire(name_);
  }
  ~NameLock() { names_.Release(name_); }
  NameLock(const NameLock&) = delete;
  NameLock& operator=(const NameLock&) = delete;

 private:
  BusyNames& names_;
  const std::string name_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_NAME_LOCK_H_
