#include "client/cli/latency.h"

#include <gtest/gtest.h>

namespace sconce::cli {
namespace {

TEST(Latency, PercentilesAreNearestRank) {
  std::vector<double> seconds;
  for (int i = 100; i >= 1; --i) seconds.push_back(i);
  const Latency latency = Summarize(seconds);
  EXPECT_EQ(latency.p50, 50);
  EXPECT_EQ(latency.p90, 90);
  EXPECT_EQ(latency.p99, 99);
  EXPECT_EQ(latency.max, 100);
  EXPECT_EQ(latency.mean, 50.5);
}

TEST(Latency, OneSampleIsEveryPercentile) {
  const Latency latency = Summarize({2});
  EXPECT_EQ(latency.p50, 2);
  EXPECT_EQ(latency.p99, 2);
}

TEST(Latency, NoSamplesAreZero) { EXPECT_EQ(Summarize({}).max, 0); }

TEST(Latency, SamplesAddUpPerMessage) {
  Samples all;
  all.Add({{1}, {{"a", 2}}});
  all.Add({{2, 3}, {{"a", 1}, {"b", 1}}});
  EXPECT_EQ(all.seconds.size(), 3);
  EXPECT_EQ(all.errors["a"], 3);
  EXPECT_EQ(all.errors["b"], 1);
}

}  // namespace
}  // namespace sconce::cli
