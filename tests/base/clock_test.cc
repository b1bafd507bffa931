#include "server/base/clock.h"

#include <gtest/gtest.h>

#include "tests/testing/fake_clock.h"

namespace sconce {
namespace {

TEST(Clock, RealTimeDoesNotGoBack) {
  const TimePoint first = Clock::Real().Now();
  EXPECT_GE(Clock::Real().Now(), first);
}

TEST(Clock, FakeTimeMovesOnlyWhenTold) {
  testing::FakeClock clock;
  const TimePoint start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(std::chrono::milliseconds(1500));
  EXPECT_DOUBLE_EQ(Seconds(clock.Now() - start), 1.5);
}

}  // namespace
}  // namespace sconce
