// The same request again and again from several callers, timed.

#ifndef SCONCE_CLIENT_CLI_LOAD_RUN_H_
#define SCONCE_CLIENT_CLI_LOAD_RUN_H_

#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/latency.h"
#include "client/client.h"

namespace sconce::cli {

struct LoadRun {
  std::string server;
  ClientOptions options;
  inference::ModelInferRequest request;
  int concurrency = 8;
  std::chrono::nanoseconds duration = std::chrono::seconds(5);
};

struct LoadResult {
  Samples samples;
  double seconds = 0;  // from the first call to the end of the last
};

// Every caller has a thread and a connection of its own and waits for its answer before it asks
// again. Each makes one call before the clock starts; when one of those fails, that is the answer.
absl::StatusOr<LoadResult> RunLoad(const LoadRun& run);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_LOAD_RUN_H_
