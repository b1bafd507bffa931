#include "server/batching/batch_queue.h"

#include <utility>

namespace sconce {
namespace {

bool IsCancelled(const Task& task) {
  return task.cancelled != nullptr && task.cancelled->load(std::memory_order_relaxed);
}

}  // namespace

bool BatchQueue::Push(Task&& task, TimePoint now) {
  if (tasks_.size() >= max_tasks_) return false;
  const TimePoint deadline = task.deadline;
  // The node is made first: if memory runs out here, the queue is as it was.
  Tasks node;
  node.push_back(Waiting{Task(), now, std::nullopt});
  if (deadline != kNoDeadline) {
    node.front().deadline = deadlines_.emplace(deadline, node.begin());
  }
  node.front().task = std::move(task);
  tasks_.splice(tasks_.end(), node);  // iterators stay valid
  return true;
}

void BatchQueue::Take(Tasks::iterator waiting, Tasks& to) {
  if (waiting->deadline.has_value()) {
    deadlines_.erase(*waiting->deadline);
    waiting->deadline.reset();
  }
  to.splice(to.end(), tasks_, waiting);
}

BatchQueue::Tasks BatchQueue::TakeExpired(TimePoint now) {
  Tasks expired;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Take(deadlines_.begin()->second, expired);
  }
  return expired;
}

BatchQueue::Taken BatchQueue::TakeBatch(TimePoint now) {
  Taken taken;
  taken.expired = TakeExpired(now);
  while (!tasks_.empty() && IsCancelled(tasks_.front().task)) {
    Take(tasks_.begin(), taken.cancelled);
  }
  if (!tasks_.empty()) Take(tasks_.begin(), taken.batch);
  return taken;
}

TimePoint BatchQueue::next_deadline() const {
  return deadlines_.empty() ? kNoDeadline : deadlines_.begin()->first;
}

}  // namespace sconce
