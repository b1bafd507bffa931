// Reaper: destroys versions that nobody uses any more, on a thread of its own. The last handle of a
// version is released wherever its last request ends, often on the version's own worker, which must
// not join itself and should not free gigabytes either.

#ifndef SCONCE_SERVER_REPOSITORY_REAPER_H_
#define SCONCE_SERVER_REPOSITORY_REAPER_H_

#include <functional>
#include <list>
#include <memory>
#include <thread>

#include "server/base/mutex.h"
#include "server/repository/model_version.h"

namespace sconce {

// Thread-safe. Outlives every handle that it made.
class Reaper {
 public:
  Reaper();
  // Finishes what it was given.
  ~Reaper();
  Reaper(const Reaper&) = delete;
  Reaper& operator=(const Reaper&) = delete;

  // Once the last copy of the handle is released, `version` is destroyed on the reaper's thread,
  // its memory is given back to the system, and then `gone` is called there.
  std::shared_ptr<const ServingVersion> Adopt(std::unique_ptr<ServingVersion> version,
                                              std::function<void()> gone);

 private:
  struct Remains {
    std::unique_ptr<ServingVersion> version;
    std::function<void()> gone;
  };

  void Work();
  void Take(std::list<Remains>& remains) SCONCE_EXCLUDES(mutex_);

  Mutex mutex_;
  CondVar changed_;
  std::list<Remains> queue_ SCONCE_GUARDED_BY(mutex_);
  bool stopping_ SCONCE_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: uses all of the above
};

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_REAPER_H_
