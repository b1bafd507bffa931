#include "server/repository/reaper.h"

#include <malloc.h>

#include <utility>

namespace sconce {

Reaper::Reaper() : thread_([this] { Work(); }) {}

Reaper::~Reaper() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.Signal();
  thread_.join();
}

std::shared_ptr<const ServingVersion> Reaper::Adopt(std::unique_ptr<ServingVersion> version,
                                                    std::function<void()> gone) {
  const ServingVersion* const raw = version.get();
  // The list node is made now: releasing a handle must not need memory.
  auto remains = std::make_shared<std::list<Remains>>();
  remains->push_back({std::move(version), std::move(gone)});
  return {raw, [this, remains](const ServingVersion*) { Take(*remains); }};
}

void Reaper::Take(std::list<Remains>& remains) {
  // Signalled under the lock: the destructor may follow at once, and `this` must still be whole.
  MutexLock lock(mutex_);
  queue_.splice(queue_.end(), remains);
  changed_.Signal();
}

void Reaper::Work() {
  while (true) {
    std::list<Remains> taken;
    {
      MutexLock lock(mutex_);
      while (queue_.empty()) {
        if (stopping_) return;
        changed_.Wait(mutex_);
      }
      taken.swap(queue_);
    }
    for (Remains& remains : taken) remains.version.reset();
    // Without it the allocator keeps a model's memory for a long time.
    malloc_trim(0);
    for (Remains& remains : taken) remains.gone();
  }
}

}  // namespace sconce
