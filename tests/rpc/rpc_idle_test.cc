// gRPC's callback threads sleep 100 ms after a second without events; inference must not.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tests/rpc/rpc_fixture.h"

namespace sconce::testing {
namespace {

TEST_F(RpcTest, CallsAfterASecondOfSilenceAreNotLate) {
  repository.Add("echo", 1, std::make_shared<FakeExecutable>());
  ASSERT_TRUE(Infer(Request("echo", {1})).ok());
  // A busy machine makes single calls late; the trap would make every try of a gap late.
  for (const int gap : {1020, 1050, 1080}) {
    auto best = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 3; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(gap));
      const auto start = std::chrono::steady_clock::now();
      ASSERT_TRUE(Infer(Request("echo", {1})).ok());
      best = std::min(best, std::chrono::steady_clock::now() - start);
    }
    EXPECT_LT(best, std::chrono::milliseconds(10)) << "after " << gap << " ms";
  }
}

}  // namespace
}  // namespace sconce::testing
