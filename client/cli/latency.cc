#include "client/cli/latency.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace sconce::cli {
namespace {

double Percentile(const std::vector<double>& sorted, double percent) {
  const size_t rank =
      static_cast<size_t>(std::ceil(percent / 100 * static_cast<double>(sorted.size())));
  return sorted[std::clamp<size_t>(rank, 1, sorted.size()) - 1];
}

}  // namespace

void Samples::Add(Samples other) {
  seconds.insert(seconds.end(), other.seconds.begin(), other.seconds.end());
  for (const auto& [message, count] : other.errors) errors[message] += count;
}

Latency Summarize(std::vector<double> seconds) {
  if (seconds.empty()) return {};
  std::sort(seconds.begin(), seconds.end());
  const double sum = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  return {.mean = sum / static_cast<double>(seconds.size()),
          .p50 = Percentile(seconds, 50),
          .p90 = Percentile(seconds, 90),
          .p99 = Percentile(seconds, 99),
          .max = seconds.back()};
}

}  // namespace sconce::cli
