#include "server/repository/reaper.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/testing/fake_executable.h"

namespace sconce {
namespace {

std::unique_ptr<ServingVersion> MakeVersion() {
  auto version = std::make_unique<ServingVersion>();
  version->version = 3;
  version->executable = std::make_shared<testing::FakeExecutable>();
  version->batcher =
      std::make_shared<Batcher>(version->executable, Batcher::Options{}, Clock::Real());
  return version;
}

TEST(Reaper, DestroysOnItsOwnThreadAfterTheLastRelease) {
  std::weak_ptr<Batcher> batcher;
  std::atomic<bool> gone{false};
  std::thread::id where;
  bool was_destroyed = false;
  {
    Reaper reaper;
    auto handle = reaper.Adopt(MakeVersion(), [&] {
      was_destroyed = batcher.expired();
      where = std::this_thread::get_id();
      gone = true;
    });
    batcher = handle->batcher;
    EXPECT_EQ(handle->version, 3);
    auto second = handle;
    handle.reset();
    EXPECT_FALSE(gone);
    EXPECT_FALSE(batcher.expired());
    second.reset();
  }
  EXPECT_TRUE(gone);
  EXPECT_TRUE(was_destroyed);
  EXPECT_NE(where, std::this_thread::get_id());
}

TEST(Reaper, TheLastHandleMayDieOnTheVersionsOwnWorker) {
  std::atomic<bool> gone{false};
  {
    Reaper reaper;
    std::shared_ptr<const ServingVersion> handle = reaper.Adopt(MakeVersion(), [&] {
      gone = true;
      gone.notify_all();
    });
    Task task;
    task.invocation = std::make_unique<testing::FakeInvocation>();
    const std::shared_ptr<Batcher> batcher = handle->batcher;
    auto held = std::make_shared<std::shared_ptr<const ServingVersion>>(std::move(handle));
    task.done = [held](Outcome) { held->reset(); };
    held.reset();
    ASSERT_TRUE(batcher->Submit(std::move(task)).ok());
    gone.wait(false);
  }
  EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace sconce
