#include "server/runtime/thread_budget.h"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "server/runtime/cpu_quota.h"

namespace sconce {
namespace {

using ::testing::Optional;

// A folder that stands for /sys/fs/cgroup.
class CgroupFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = ::testing::TempDir() + "cgroup_" +
            ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(root_);
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  std::string root_;
};

TEST(ParseCpuMax, DividesQuotaByPeriod) {
  EXPECT_THAT(ParseCpuMax("150000 100000\n"), Optional(1.5));
  EXPECT_THAT(ParseCpuMax("50000 100000"), Optional(0.5));
}

TEST(ParseCpuMax, FindsNoLimitInOtherTexts) {
  for (const char* text : {"max 100000\n", "", "100000", "1 0", "-1 100000", "a b", "1 2 3"}) {
    EXPECT_EQ(ParseCpuMax(text), std::nullopt) << text;
  }
}

TEST(ParseCfsQuota, DividesQuotaByPeriodAndTakesMinusOneForNone) {
  EXPECT_THAT(ParseCfsQuota("250000\n", "100000\n"), Optional(2.5));
  EXPECT_EQ(ParseCfsQuota("-1\n", "100000\n"), std::nullopt);
  EXPECT_EQ(ParseCfsQuota("", ""), std::nullopt);
}

TEST(ParseProcCgroup, FindsTheGroupsOfBothVersions) {
  const CgroupPaths hybrid =
      ParseProcCgroup("5:cpuset:/other\n4:cpu,cpuacct:/docker/a:b\n0::/system.slice/x\n");
  EXPECT_EQ(hybrid.cpu, "/docker/a:b");
  EXPECT_EQ(hybrid.unified, "/system.slice/x");
}

TEST(ParseProcCgroup, FallsBackToTheRoot) {
  const CgroupPaths none = ParseProcCgroup("nonsense\n2:cpuacct:/x\n");
  EXPECT_EQ(none.cpu, "/");
  EXPECT_EQ(none.unified, "/");
}

TEST_F(CgroupFolder, TakesTheSmallestQuotaOnTheWayUp) {
  Write("/cpu.max", "max 100000");
  Write("/pod/cpu.max", "150000 100000");
  Write("/pod/box/cpu.max", "400000 100000");
  EXPECT_THAT(CpuQuota(root_, "0::/pod/box\n"), Optional(1.5));
}

TEST_F(CgroupFolder, ReadsTheRootWhenTheOwnGroupIsNotMounted) {
  Write("/cpu.max", "300000 100000");
  EXPECT_THAT(CpuQuota(root_, "0::/kubepods/pod1/box\n"), Optional(3.0));
}

TEST_F(CgroupFolder, ReadsTheFirstVersion) {
  Write("/cpu,cpuacct/box/cpu.cfs_quota_us", "200000");
  Write("/cpu,cpuacct/box/cpu.cfs_period_us", "100000");
  EXPECT_THAT(CpuQuota(root_, "3:cpu,cpuacct:/box\n0::/\n"), Optional(2.0));
}

TEST_F(CgroupFolder, FindsNoLimitWhereThereIsNone) {
  EXPECT_EQ(CpuQuota(root_, "0::/\n"), std::nullopt);
}

TEST(AvailableCpus, IsWithinTheMachine) {
  EXPECT_GE(AvailableCpus(), 1);
  EXPECT_LE(AvailableCpus(), std::max(1U, std::thread::hardware_concurrency()));
}

TEST(DivideCpus, NeverTakesMoreThanThereAre) {
  for (int cpus = 1; cpus <= 256; ++cpus) {
    for (const int instances : {0, 1, 2, 3, 64}) {
      const ThreadBudget budget = DivideCpus(cpus, instances);
      EXPECT_GE(budget.instances, 1);
      EXPECT_GE(budget.intra_op, 1);
      EXPECT_LE(budget.instances * budget.intra_op, std::max(cpus, budget.instances)) << cpus;
    }
  }
}

TEST(DivideCpus, RunsSideBySideOnSmallMachinesAndDividesLargeOnes) {
  const auto natural = [](int cpus) {
    const ThreadBudget budget = DivideCpus(cpus, 0);
    return std::make_pair(budget.instances, budget.intra_op);
  };
  EXPECT_EQ(natural(1), std::make_pair(1, 1));
  EXPECT_EQ(natural(2), std::make_pair(2, 1));
  EXPECT_EQ(natural(3), std::make_pair(3, 1));
  EXPECT_EQ(natural(4), std::make_pair(2, 2));
  EXPECT_EQ(natural(8), std::make_pair(2, 4));
  EXPECT_EQ(natural(16), std::make_pair(4, 4));
  EXPECT_EQ(natural(64), std::make_pair(8, 8));
}

TEST(DivideCpus, LeavesFewCpusIdle) {
  for (int cpus = 1; cpus <= 256; ++cpus) {
    const ThreadBudget budget = DivideCpus(cpus, 0);
    EXPECT_GE(budget.instances * budget.intra_op * 4, cpus * 3) << cpus;
  }
}

TEST(DivideCpus, KeepsToTheInstancesItIsGiven) {
  EXPECT_EQ(DivideCpus(8, 3).instances, 3);
  EXPECT_EQ(DivideCpus(8, 3).intra_op, 2);
  EXPECT_EQ(DivideCpus(2, 64).intra_op, 1);
}

TEST(UseIntraOpThreads, CountsForTheCallingThread) {
  int other = 0;
  std::thread thread([&other] {
    UseIntraOpThreads(3);
    other = at::get_num_threads();
  });
  thread.join();
  UseIntraOpThreads(0);
  EXPECT_EQ(other, 3);
  EXPECT_EQ(at::get_num_threads(), 1);
}

}  // namespace
}  // namespace sconce
