#include "server/batching/batch_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace sconce {
namespace {

using std::chrono::seconds;

TimePoint At(int second) { return TimePoint(seconds(second)); }

// A task is told by the number in its invocation.
struct Numbered final : Invocation {
  explicit Numbered(int n) : number(n) {}
  int number;
};

struct Spec {
  int deadline = 0;  // 0: none
  bool cancelled = false;
};

Task MakeTask(int number, Spec spec) {
  Task task;
  task.invocation = std::make_unique<Numbered>(number);
  if (spec.deadline != 0) task.deadline = At(spec.deadline);
  task.cancelled = std::make_shared<std::atomic<bool>>(spec.cancelled);
  return task;
}

std::vector<int> NumbersOf(const BatchQueue::Tasks& tasks) {
  std::vector<int> numbers;
  for (const BatchQueue::Waiting& waiting : tasks) {
    numbers.push_back(static_cast<const Numbered&>(*waiting.task.invocation).number);
  }
  return numbers;
}

using Numbers = std::vector<int>;

struct Case {
  std::string name;
  std::vector<Spec> waiting;  // numbered from 0
  int now;
  Numbers expired, cancelled, batch;
  size_t left;
  TimePoint wake;
};

class TakeBatch : public ::testing::TestWithParam<Case> {};

TEST_P(TakeBatch, Decides) {
  const Case& c = GetParam();
  BatchQueue queue(100);
  for (size_t i = 0; i < c.waiting.size(); ++i) {
    ASSERT_TRUE(queue.Push(MakeTask(static_cast<int>(i), c.waiting[i]), At(0)));
  }
  const BatchQueue::Taken taken = queue.TakeBatch(At(c.now));
  EXPECT_EQ(NumbersOf(taken.expired), c.expired);
  EXPECT_EQ(NumbersOf(taken.cancelled), c.cancelled);
  EXPECT_EQ(NumbersOf(taken.batch), c.batch);
  EXPECT_EQ(queue.size(), c.left);
  EXPECT_EQ(queue.next_deadline(), c.wake);
}

const Case kCases[] = {
    {"AnEmptyQueueGivesNothing", {}, 5, {}, {}, {}, 0, kNoDeadline},
    {"TheOldestRunsFirst", {{}, {}, {}}, 5, {}, {}, {0}, 2, kNoDeadline},
    {"ATaskRunsBeforeItsDeadline", {{6}, {9}}, 5, {}, {}, {0}, 1, At(9)},
    {"ATaskExpiresAtItsDeadline", {{5}, {9}}, 5, {0}, {}, {1}, 0, kNoDeadline},
    {"ExpiredTasksLeaveFromAnywhere", {{}, {3}, {}, {2}}, 5, {3, 1}, {}, {0}, 1, kNoDeadline},
    {"AllExpiredLeavesNothingToRun", {{3}, {4}}, 5, {0, 1}, {}, {}, 0, kNoDeadline},
    {"CancelledTasksMakeWay", {{0, true}, {0, true}, {}, {}}, 5, {}, {0, 1}, {2}, 1, kNoDeadline},
    {"CancelledTasksFurtherBackWait", {{}, {0, true}}, 5, {}, {}, {0}, 1, kNoDeadline},
    {"ExpiredCountsBeforeCancelled", {{4, true}, {}}, 5, {0}, {}, {1}, 0, kNoDeadline},
    {"ACancelledTaskTakesItsDeadlineAlong", {{9, true}, {}}, 5, {}, {0}, {1}, 0, kNoDeadline},
    {"EqualDeadlinesExpireTogether", {{5}, {5}, {7}}, 5, {0, 1}, {}, {2}, 0, kNoDeadline},
};

INSTANTIATE_TEST_SUITE_P(BatchQueue, TakeBatch, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return info.param.name; });

TEST(BatchQueue, RefusesOneTaskTooManyAndLeavesItWhole) {
  BatchQueue queue(2);
  EXPECT_TRUE(queue.Push(MakeTask(0, {}), At(0)));
  EXPECT_TRUE(queue.Push(MakeTask(1, {}), At(0)));
  Task third = MakeTask(2, {});
  EXPECT_FALSE(queue.Push(std::move(third), At(0)));
  EXPECT_NE(third.invocation, nullptr);
  queue.TakeBatch(At(0));
  EXPECT_TRUE(queue.Push(std::move(third), At(0)));
}

TEST(BatchQueue, TakeExpiredLeavesWhatMayStillRun) {
  BatchQueue queue(10);
  queue.Push(MakeTask(0, {7}), At(0));
  queue.Push(MakeTask(1, {0, true}), At(0));
  queue.Push(MakeTask(2, {5}), At(0));
  EXPECT_EQ(queue.next_deadline(), At(5));
  EXPECT_EQ(NumbersOf(queue.TakeExpired(At(4))), Numbers{});
  EXPECT_EQ(NumbersOf(queue.TakeExpired(At(6))), Numbers{2});
  EXPECT_EQ(queue.next_deadline(), At(7));
  EXPECT_EQ(queue.size(), 2u);
}

TEST(BatchQueue, RemembersWhenATaskCame) {
  BatchQueue queue(10);
  queue.Push(MakeTask(0, {}), At(3));
  EXPECT_EQ(queue.TakeBatch(At(8)).batch.front().enqueued, At(3));
}

}  // namespace
}  // namespace sconce
