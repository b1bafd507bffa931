// Deadlines of waiting tasks. Those that must pass by themselves are milliseconds away on the real
// clock; nothing here waits for longer than the answer takes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/batching/batcher.h"
#include "tests/batching/outcomes.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using std::chrono::milliseconds;
using testing::FakeClock;
using testing::FakeExecutable;
using testing::Outcomes;

constexpr Batcher::Options kOneWorker{.threads = {.instances = 1, .intra_op = 1}, .max_queue = 16};

// A Batcher whose only worker is busy with task 0.
class BusyBatcher : public ::testing::Test {
 protected:
  void SetUp() override {
    model_->CloseGate();
    batcher_ = std::make_unique<Batcher>(model_, kOneWorker, Clock::Real());
    SCONCE_ASSERT_OK(batcher_->Submit(outcomes_.MakeTask(0)));
    model_->WaitUntilRunning(1);
  }
  void TearDown() override {
    model_->OpenGate();
    batcher_.reset();
    EXPECT_FALSE(outcomes_.doubled());
  }
  static TimePoint In(milliseconds time) { return Clock::Real().Now() + time; }

  Outcomes outcomes_;
  std::shared_ptr<FakeExecutable> model_ = std::make_shared<FakeExecutable>();
  std::unique_ptr<Batcher> batcher_;
};

TEST_F(BusyBatcher, AnswersAnExpiredTaskWhileTheWorkerIsBusy) {
  const TimePoint deadline = In(milliseconds(5));
  SCONCE_ASSERT_OK(batcher_->Submit(outcomes_.MakeTask(1, deadline)));
  EXPECT_EQ(outcomes_.CodeOf(1), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GE(Clock::Real().Now(), deadline);
  const Outcome outcome = outcomes_.Take(1);
  EXPECT_FALSE(outcome.ran);
  EXPECT_GT(outcome.queued, Duration::zero());
  EXPECT_EQ(model_->running(), 1);  // task 0 is still at it
  EXPECT_EQ(batcher_->queue_depth(), 0u);
}

TEST_F(BusyBatcher, AnEarlierDeadlineIsNotHeldUpByALaterOne) {
  SCONCE_ASSERT_OK(batcher_->Submit(outcomes_.MakeTask(1, In(std::chrono::hours(9)))));
  SCONCE_ASSERT_OK(batcher_->Submit(outcomes_.MakeTask(2, In(milliseconds(5)))));
  SCONCE_ASSERT_OK(batcher_->Submit(outcomes_.MakeTask(3, In(milliseconds(1)))));
  EXPECT_EQ(outcomes_.CodeOf(2), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(outcomes_.CodeOf(3), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(batcher_->queue_depth(), 1u);
}

TEST_F(BusyBatcher, AnswersDeadlinesThatPassWhileItIsDestroyed) {
  SCONCE_ASSERT_OK(batcher_->Submit(outcomes_.MakeTask(1, In(milliseconds(5)))));
  std::thread destroyer([&] { batcher_.reset(); });
  EXPECT_EQ(outcomes_.CodeOf(1), absl::StatusCode::kDeadlineExceeded);
  model_->OpenGate();
  destroyer.join();
  EXPECT_EQ(outcomes_.CodeOf(0), absl::StatusCode::kOk);
}

TEST_F(BusyBatcher, TakesADeadlineAtTheEndOfTime) {
  SCONCE_ASSERT_OK(
      batcher_->Submit(outcomes_.MakeTask(1, kNoDeadline - std::chrono::nanoseconds(1))));
  SCONCE_ASSERT_OK(batcher_->Submit(outcomes_.MakeTask(2, In(milliseconds(1)))));
  EXPECT_EQ(outcomes_.CodeOf(2), absl::StatusCode::kDeadlineExceeded);
  model_->OpenGate();
  EXPECT_EQ(outcomes_.CodeOf(1), absl::StatusCode::kOk);
}

TEST(BatcherDeadline, AnExpiredTaskNeverRuns) {
  Outcomes outcomes;
  FakeClock clock;
  auto model = std::make_shared<FakeExecutable>();
  Batcher batcher(model, kOneWorker, clock);
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(0, clock.Now())));
  EXPECT_EQ(outcomes.CodeOf(0), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(model->finished() + model->running(), 0);
}

}  // namespace
}  // namespace sconce
