#include "server/runtime/thread_budget.h"

#include <ATen/Parallel.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "server/runtime/cpu_quota.h"

namespace sconce {
namespace {

// More than any kernel supports: a set that is too small is an error, not a short answer.
constexpr int kMaxCpus = 8192;

int CpusOfAffinity() {
  struct Free {
    void operator()(cpu_set_t* set) const { CPU_FREE(set); }
  };
  const std::unique_ptr<cpu_set_t, Free> set(CPU_ALLOC(kMaxCpus));
  const size_t size = CPU_ALLOC_SIZE(kMaxCpus);
  if (set != nullptr && sched_getaffinity(0, size, set.get()) == 0) {
    return CPU_COUNT_S(size, set.get());
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

std::string ProcCgroup() {
  std::ifstream file("/proc/self/cgroup");
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Of the counts near the square root the one that leaves the fewest CPUs idle; of equals the
// nearest.
int NaturalInstances(int cpus) {
  if (cpus < 2) return 1;
  const double root = std::sqrt(cpus);
  const int last = std::min(cpus, static_cast<int>(std::ceil(root * 1.5)));
  int best = 2;
  for (int count = std::max(2, static_cast<int>(root / 1.5)); count <= last; ++count) {
    const int idle = cpus % count - cpus % best;
    const bool nearer = std::abs(count - root) < std::abs(best - root);
    if (idle < 0 || (idle == 0 && nearer)) best = count;
  }
  return best;
}

}  // namespace

int AvailableCpus() {
  int cpus = CpusOfAffinity();
  if (const auto quota = CpuQuota("/sys/fs/cgroup", ProcCgroup())) {
    cpus = static_cast<int>(std::min<double>(cpus, std::ceil(*quota)));
  }
  return std::max(1, cpus);
}

ThreadBudget DivideCpus(int cpus, int instances) {
  ThreadBudget budget;
  budget.instances = instances > 0 ? instances : NaturalInstances(cpus);
  budget.intra_op = std::max(1, cpus / budget.instances);
  return budget;
}

void UseIntraOpThreads(int threads) { at::set_num_threads(std::max(1, threads)); }

}  // namespace sconce
