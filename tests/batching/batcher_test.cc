#include "server/batching/batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <thread>

#include "tests/batching/outcomes.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/fake_executable.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::FakeClock;
using testing::FakeExecutable;
using ::testing::HasSubstr;
using testing::Outcomes;
using testing::StatusIs;

Batcher::Options WithInstances(int instances, size_t max_queue = 1024) {
  return {.threads = {.instances = instances, .intra_op = 1}, .max_queue = max_queue};
}

std::string TextOf(const Outcome& outcome) {
  if (!outcome.outputs.ok() || outcome.outputs->empty()) return "";
  return std::get<StringTensor>(outcome.outputs->front().value).elements.front();
}

// `outcomes` comes first in every test: the Batcher's last answers reach it from the destructor.

TEST(Batcher, AnswersWithTheOutputsOfTheModel) {
  Outcomes outcomes;
  Batcher batcher(std::make_shared<FakeExecutable>(), WithInstances(1), Clock::Real());
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(7)));
  const Outcome outcome = outcomes.Take(7);
  SCONCE_EXPECT_OK(outcome.outputs);
  EXPECT_EQ(TextOf(outcome), "7");
  EXPECT_TRUE(outcome.ran);
}

TEST(Batcher, RunsAsManyRequestsSideBySideAsItHasInstances) {
  Outcomes outcomes;
  auto model = std::make_shared<FakeExecutable>();
  model->CloseGate();
  Batcher batcher(model, WithInstances(3), Clock::Real());
  for (int i = 0; i < 5; ++i) SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(i)));
  model->WaitUntilRunning(3);
  EXPECT_EQ(batcher.queue_depth(), 2u);
  model->OpenGate();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(outcomes.CodeOf(i), absl::StatusCode::kOk);
  EXPECT_EQ(model->most_running(), 3);
}

TEST(Batcher, RefusesWhatTheQueueCannotHold) {
  Outcomes outcomes;
  auto model = std::make_shared<FakeExecutable>();
  model->CloseGate();
  Batcher batcher(model, WithInstances(1, 2), Clock::Real());
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(0)));
  model->WaitUntilRunning(1);
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(1)));
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(2)));
  EXPECT_THAT(batcher.Submit(outcomes.MakeTask(3)),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("2 requests wait")));
  model->OpenGate();
  EXPECT_EQ(outcomes.CodeOf(2), absl::StatusCode::kOk);
  EXPECT_EQ(outcomes.count(), 3u);  // the refused one's callback stayed silent
}

TEST(Batcher, MeasuresWaitingAndRunningApart) {
  Outcomes outcomes;
  FakeClock clock;
  auto model = std::make_shared<FakeExecutable>();
  model->CloseGate();
  Batcher batcher(model, WithInstances(1), clock);
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(0)));
  model->WaitUntilRunning(1);
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(1)));
  clock.Advance(std::chrono::seconds(3));
  model->LetPass(1);
  model->WaitUntilFinished(1);
  model->WaitUntilRunning(1);
  clock.Advance(std::chrono::seconds(4));
  model->OpenGate();
  const Outcome second = outcomes.Take(1);
  EXPECT_EQ(second.queued, std::chrono::seconds(3));
  EXPECT_EQ(second.computed, std::chrono::seconds(4));
}

TEST(Batcher, NeverRunsACancelledTask) {
  Outcomes outcomes;
  auto model = std::make_shared<FakeExecutable>();
  model->CloseGate();
  Batcher batcher(model, WithInstances(1), Clock::Real());
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(0)));
  model->WaitUntilRunning(1);
  auto cancelled = std::make_shared<std::atomic<bool>>(false);
  Task task = outcomes.MakeTask(1);
  task.cancelled = cancelled;
  SCONCE_ASSERT_OK(batcher.Submit(std::move(task)));
  *cancelled = true;
  model->OpenGate();
  EXPECT_EQ(outcomes.CodeOf(1), absl::StatusCode::kCancelled);
  EXPECT_FALSE(outcomes.Take(1).ran);
  EXPECT_EQ(outcomes.CodeOf(0), absl::StatusCode::kOk);
  EXPECT_EQ(model->finished(), 1);
}

TEST(Batcher, TakesNothingAfterDrainButFinishesWhatItHas) {
  Outcomes outcomes;
  auto model = std::make_shared<FakeExecutable>();
  model->CloseGate();
  Batcher batcher(model, WithInstances(1), Clock::Real());
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(0)));
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(1)));
  batcher.Drain();
  EXPECT_THAT(batcher.Submit(outcomes.MakeTask(2)),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("out of service")));
  model->OpenGate();
  EXPECT_EQ(outcomes.CodeOf(0), absl::StatusCode::kOk);
  EXPECT_EQ(outcomes.CodeOf(1), absl::StatusCode::kOk);
}

TEST(Batcher, DestructorFinishesWhatWaitsAndRuns) {
  Outcomes outcomes;
  auto model = std::make_shared<FakeExecutable>();
  model->CloseGate();
  std::thread opener;
  {
    Batcher batcher(model, WithInstances(1), Clock::Real());
    for (int i = 0; i < 20; ++i) SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(i)));
    model->WaitUntilRunning(1);
    opener = std::thread([&] { model->OpenGate(); });
  }
  EXPECT_EQ(outcomes.count(), 20u);
  EXPECT_EQ(model->finished(), 20);
  opener.join();
}

TEST(Batcher, AnswersWhenTheModelThrows) {
  Outcomes outcomes;
  auto model = std::make_shared<FakeExecutable>(
      testing::EchoSignature(),
      [](const std::string&, const std::vector<NamedValue>&) -> FakeExecutable::Outputs {
        throw std::bad_alloc();
      });
  Batcher batcher(model, WithInstances(1), Clock::Real());
  for (int i = 0; i < 3; ++i) SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(i)));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(outcomes.CodeOf(i), absl::StatusCode::kResourceExhausted);
  }
}

TEST(Batcher, GoesOnWhenACallbackThrows) {
  Outcomes outcomes;
  Batcher batcher(std::make_shared<FakeExecutable>(), WithInstances(1), Clock::Real());
  Task task = outcomes.MakeTask(0);
  task.done = [](Outcome) { throw std::bad_alloc(); };
  SCONCE_ASSERT_OK(batcher.Submit(std::move(task)));
  SCONCE_ASSERT_OK(batcher.Submit(outcomes.MakeTask(1)));
  EXPECT_EQ(outcomes.CodeOf(1), absl::StatusCode::kOk);
}

TEST(Batcher, ACallbackMaySubmit) {
  Outcomes outcomes;
  Batcher batcher(std::make_shared<FakeExecutable>(), WithInstances(1), Clock::Real());
  Task task = outcomes.MakeTask(0);
  task.done = [&](Outcome) {
    EXPECT_EQ(batcher.queue_depth(), 0u);
    SCONCE_EXPECT_OK(batcher.Submit(outcomes.MakeTask(1)));
  };
  SCONCE_ASSERT_OK(batcher.Submit(std::move(task)));
  EXPECT_EQ(outcomes.CodeOf(1), absl::StatusCode::kOk);
}

TEST(Batcher, AnIdleWorkerHoldsNothingOfTheLastTask) {
  Batcher batcher(std::make_shared<FakeExecutable>(), WithInstances(1), Clock::Real());
  struct Released {
    std::shared_ptr<std::atomic<bool>> flag;
    ~Released() {
      *flag = true;
      flag->notify_all();
    }
  };
  auto flag = std::make_shared<std::atomic<bool>>(false);
  Task task;
  task.invocation = std::make_unique<testing::FakeInvocation>();
  task.done = [held = std::make_shared<Released>(Released{flag})](Outcome) {};
  *flag = false;  // the moved-from temporary said true
  SCONCE_ASSERT_OK(batcher.Submit(std::move(task)));
  flag->wait(false);
  EXPECT_TRUE(*flag);
}

TEST(Batcher, AnswersEachOfManyTasksExactlyOnce) {
  constexpr int kThreads = 4, kEach = 2000;
  Outcomes outcomes;
  {
    Batcher batcher(std::make_shared<FakeExecutable>(), WithInstances(2, kThreads * kEach),
                    Clock::Real());
    std::vector<std::thread> callers;
    for (int t = 0; t < kThreads; ++t) {
      callers.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const TimePoint deadline =
              i % 3 == 0 ? Clock::Real().Now() + std::chrono::microseconds(i % 50) : kNoDeadline;
          SCONCE_EXPECT_OK(batcher.Submit(outcomes.MakeTask(t * kEach + i, deadline)));
        }
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
  EXPECT_EQ(outcomes.count(), static_cast<size_t>(kThreads * kEach));
  EXPECT_FALSE(outcomes.doubled());
}

}  // namespace
}  // namespace sconce
