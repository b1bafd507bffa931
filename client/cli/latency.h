// What a measurement has counted, and what it says.

#ifndef SCONCE_CLIENT_CLI_LATENCY_H_
#define SCONCE_CLIENT_CLI_LATENCY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sconce::cli {

// One worker's counts, or those of all workers put together.
struct Samples {
  std::vector<double> seconds;             // of the calls that were answered
  std::map<std::string, uint64_t> errors;  // message → how often

  void Add(Samples other);
};

struct Latency {
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double max = 0;
};

// Nearest rank: the smallest sample that at least that share of the samples does not exceed. All
// zero without samples.
Latency Summarize(std::vector<double> seconds);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_LATENCY_H_
