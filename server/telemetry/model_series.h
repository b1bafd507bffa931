// The series of one model version, and the sums that ModelStatistics reports.

#ifndef SCONCE_SERVER_TELEMETRY_MODEL_SERIES_H_
#define SCONCE_SERVER_TELEMETRY_MODEL_SERIES_H_

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/mutex.h"
#include "server/telemetry/metric_families.h"
#include "server/telemetry/metrics.h"

namespace sconce {

// Thread-safe. At most one per model and version may have series at a time: who makes them sees to
// that. RemoveSeries comes last.
class ModelSeries final : public ModelMetrics {
 public:
  ModelSeries(MetricFamilies& families, std::string_view model, int64_t version);

  void RecordRequest(absl::StatusCode code, const Phases& phases) override;
  void SetQueueDepth(size_t tasks) override;
  void SetBytes(uint64_t bytes) override;
  void SetState(std::string_view state) override;
  StatisticsSnapshot Statistics() const override;
  std::vector<LatencyBucket> Latency() const override;
  size_t queue_depth() const override;

  // Takes the series off the page. Nothing may be recorded afterwards.
  void RemoveSeries();

 private:
  static constexpr size_t kCodes = 17;  // gRPC's status codes

  struct Sum {
    std::atomic<uint64_t> count{0};
    std::atomic<uint64_t> nanoseconds{0};
    void Add(Duration duration);
    StatisticsSnapshot::Total Read() const;
  };

  prometheus::Counter& RequestCounter(absl::StatusCode code);
  void RecordPhase(Duration duration, prometheus::Histogram& histogram, Sum& sum);

  MetricFamilies& families_;
  const prometheus::Labels labels_;

  prometheus::Histogram& duration_;
  prometheus::Histogram& queue_;
  prometheus::Histogram& input_;
  prometheus::Histogram& compute_;
  prometheus::Histogram& output_;
  prometheus::Histogram& batch_size_;
  prometheus::Gauge& queue_depth_;
  prometheus::Gauge& bytes_;
  std::vector<std::pair<std::string_view, prometheus::Gauge*>> states_;
  // One for each code that occurred; made when it first does.
  std::array<std::atomic<prometheus::Counter*>, kCodes> requests_{};

  // Only one state is 1 at a time, whoever sets it.
  Mutex state_mutex_;

  Sum success_, failure_, queue_sum_, input_sum_, compute_sum_, output_sum_;
  std::atomic<uint64_t> executions_{0};
  std::atomic<uint64_t> last_inference_unix_ms_{0};
};

}  // namespace sconce

#endif  // SCONCE_SERVER_TELEMETRY_MODEL_SERIES_H_
