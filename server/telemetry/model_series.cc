#include "server/telemetry/model_series.h"

#include <algorithm>
#include <chrono>

#include "server/telemetry/escape.h"

namespace sconce {
namespace {

// sconce.v1.ModelState, lower case.
constexpr std::array<std::string_view, 5> kStates = {"loading", "ready", "draining", "unloaded",
                                                     "failed"};

uint64_t UnixMilliseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

ModelSeries::ModelSeries(MetricFamilies& families, std::string_view model, int64_t version)
    : families_(families),
      labels_{{"model", ReplaceInvalidUtf8(model)}, {"version", std::to_string(version)}},
      duration_(families.request_duration.Add(labels_, kLatencyBuckets)),
      queue_(families.queue_duration.Add(labels_, kLatencyBuckets)),
      input_(families.input_duration.Add(labels_, kLatencyBuckets)),
      compute_(families.compute_duration.Add(labels_, kLatencyBuckets)),
      output_(families.output_duration.Add(labels_, kLatencyBuckets)),
      batch_size_(families.batch_size.Add(labels_, kBatchSizeBuckets)),
      queue_depth_(families.queue_depth.Add(labels_)),
      bytes_(families.model_bytes.Add(labels_)) {
  for (const std::string_view state : kStates) {
    prometheus::Labels labels = labels_;
    labels["state"] = state;
    states_.emplace_back(state, &families.model_state.Add(labels));
  }
  // A rate needs a series that was there before the first request.
  RequestCounter(absl::StatusCode::kOk);
}

void ModelSeries::RemoveSeries() {
  families_.request_duration.Remove(&duration_);
  families_.queue_duration.Remove(&queue_);
  families_.input_duration.Remove(&input_);
  families_.compute_duration.Remove(&compute_);
  families_.output_duration.Remove(&output_);
  families_.batch_size.Remove(&batch_size_);
  families_.queue_depth.Remove(&queue_depth_);
  families_.model_bytes.Remove(&bytes_);
  for (const auto& [state, gauge] : states_) families_.model_state.Remove(gauge);
  for (const auto& counter : requests_) {
    if (counter.load() != nullptr) families_.requests.Remove(counter.load());
  }
}

prometheus::Counter& ModelSeries::RequestCounter(absl::StatusCode code) {
  const auto number = static_cast<size_t>(code);
  const size_t slot = number < kCodes ? number : static_cast<size_t>(absl::StatusCode::kUnknown);
  prometheus::Counter* counter = requests_[slot].load(std::memory_order_acquire);
  if (counter != nullptr) return *counter;
  prometheus::Labels labels = labels_;
  labels["code"] = absl::StatusCodeToString(static_cast<absl::StatusCode>(slot));
  // Two threads that come here together get the same counter from the family.
  counter = &families_.requests.Add(labels);
  requests_[slot].store(counter, std::memory_order_release);
  return *counter;
}

void ModelSeries::Sum::Add(Duration duration) {
  count.fetch_add(1, std::memory_order_relaxed);
  nanoseconds.fetch_add(std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count(),
                        std::memory_order_relaxed);
}

StatisticsSnapshot::Total ModelSeries::Sum::Read() const {
  return {count.load(std::memory_order_relaxed), nanoseconds.load(std::memory_order_relaxed)};
}

void ModelSeries::RecordPhase(Duration duration, prometheus::Histogram& histogram, Sum& sum) {
  if (duration <= Duration::zero()) return;
  histogram.Observe(Seconds(duration));
  sum.Add(duration);
}

void ModelSeries::RecordRequest(absl::StatusCode code, const Phases& phases) {
  RequestCounter(code).Increment();
  const Duration total = std::max(phases.total, Duration::zero());
  duration_.Observe(Seconds(total));
  (code == absl::StatusCode::kOk ? success_ : failure_).Add(total);
  RecordPhase(phases.queue, queue_, queue_sum_);
  RecordPhase(phases.input, input_, input_sum_);
  RecordPhase(phases.compute, compute_, compute_sum_);
  RecordPhase(phases.output, output_, output_sum_);
  if (phases.compute > Duration::zero()) {
    batch_size_.Observe(1);  // requests run one by one until max_batch_size exists
    executions_.fetch_add(1, std::memory_order_relaxed);
    last_inference_unix_ms_.store(UnixMilliseconds(), std::memory_order_relaxed);
  }
}

void ModelSeries::SetQueueDepth(size_t tasks) { queue_depth_.Set(static_cast<double>(tasks)); }

size_t ModelSeries::queue_depth() const { return static_cast<size_t>(queue_depth_.Value()); }

void ModelSeries::SetBytes(uint64_t bytes) { bytes_.Set(static_cast<double>(bytes)); }

void ModelSeries::SetState(std::string_view state) {
  MutexLock lock(state_mutex_);
  for (const auto& [name, gauge] : states_) gauge->Set(name == state ? 1 : 0);
}

StatisticsSnapshot ModelSeries::Statistics() const {
  StatisticsSnapshot snapshot;
  snapshot.success = success_.Read();
  snapshot.failure = failure_.Read();
  snapshot.queue = queue_sum_.Read();
  snapshot.input = input_sum_.Read();
  snapshot.compute = compute_sum_.Read();
  snapshot.output = output_sum_.Read();
  snapshot.executions = executions_.load(std::memory_order_relaxed);
  snapshot.last_inference_unix_ms = last_inference_unix_ms_.load(std::memory_order_relaxed);
  return snapshot;
}

std::vector<LatencyBucket> ModelSeries::Latency() const {
  std::vector<LatencyBucket> buckets;
  for (const auto& bucket : duration_.Collect().histogram.bucket) {
    buckets.push_back({bucket.upper_bound, bucket.cumulative_count});
  }
  return buckets;
}

}  // namespace sconce
