// Every metric family of the daemon, in one place. Prometheus, base units, prefix sconce_.

#ifndef SCONCE_SERVER_TELEMETRY_METRICS_H_
#define SCONCE_SERVER_TELEMETRY_METRICS_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/base/clock.h"

namespace sconce {

// Where a request's time went. A phase that was not reached is zero.
struct Phases {
  Duration total{};    // from the last byte of the request to the hand-over of the answer to gRPC
  Duration input{};    // decoding and checking
  Duration queue{};    // waiting
  Duration compute{};  // the model
  Duration output{};   // encoding
};

// Sums since the version was loaded, as the ModelStatistics RPC reports them.
struct StatisticsSnapshot {
  struct Total {
    uint64_t count = 0;
    uint64_t nanoseconds = 0;
  };
  Total success, failure, queue, input, compute, output;
  uint64_t executions = 0;
  uint64_t last_inference_unix_ms = 0;
};

// A latency histogram as Prometheus keeps it: `upper_seconds` of each bucket (the last is infinite)
// and how many requests took that long or less.
struct LatencyBucket {
  double upper_seconds = 0;
  uint64_t count = 0;
};

// What an accelerator's driver says, for a gauge.
struct DeviceMemory {
  std::string device;  // "cuda:0"
  uint64_t used_bytes = 0;
  uint64_t total_bytes = 0;
};

// The metrics of one model version. Handles are resolved once, here; recording takes no lock of the
// registry. Thread-safe.
class ModelMetrics {
 public:
  virtual ~ModelMetrics() = default;
  // One finished request. Phases count towards the histograms and sums only where they were
  // reached.
  virtual void RecordRequest(absl::StatusCode code, const Phases& phases) = 0;
  virtual void SetQueueDepth(size_t tasks) = 0;
  virtual void SetBytes(uint64_t bytes) = 0;
  // `state` as in sconce.v1.ModelState without its prefix, lower case: "ready". One series per
  // state, 1 for the current.
  virtual void SetState(std::string_view state) = 0;
  virtual StatisticsSnapshot Statistics() const = 0;
  // Of the whole request, cumulative. Empty where nothing is kept.
  virtual std::vector<LatencyBucket> Latency() const { return {}; }
  // As last set.
  virtual size_t queue_depth() const { return 0; }
};

// Owns the registry. Thread-safe. A name that a caller made up becomes a label only while a version
// of that name is held (ForVersion), or among the first thousand names loaded.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  // The version's metrics; the same object while anybody holds it, and its series vanish from the
  // page once nobody does.
  std::shared_ptr<ModelMetrics> ForVersion(std::string_view model, int64_t version);

  // Requests that name no model that could be counted under (unknown names must not become labels).
  void RecordUnroutable(absl::StatusCode code);

  void RecordLoad(std::string_view model, bool ok, Duration duration);
  // `result`: "swapped", "loaded" (nothing served before), "failed" (the old version, if any, kept
  // serving).
  void RecordSwap(std::string_view model, std::string_view result);

  // Asked at each scrape; none or an empty answer: no such series. At most once, before the first
  // Scrape.
  void SetDeviceMemorySource(std::function<std::vector<DeviceMemory>()> source);

  // The page in Prometheus text format, process memory included.
  std::string Scrape() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the ModelMetrics that are held
};

}  // namespace sconce

#endif  // SCONCE_SERVER_TELEMETRY_METRICS_H_
