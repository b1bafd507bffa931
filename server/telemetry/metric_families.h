// The registry and every metric family of the daemon: names, help texts, buckets.

#ifndef SCONCE_SERVER_TELEMETRY_METRIC_FAMILIES_H_
#define SCONCE_SERVER_TELEMETRY_METRIC_FAMILIES_H_

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <string_view>
#include <vector>

namespace sconce {

using CounterFamily = prometheus::Family<prometheus::Counter>;
using GaugeFamily = prometheus::Family<prometheus::Gauge>;
using HistogramFamily = prometheus::Family<prometheus::Histogram>;

// 50 microseconds (a small model) to a minute; each bucket is 2 to 2.5 times the one before.
extern const std::vector<double> kLatencyBuckets;
// 1 millisecond to 10 minutes.
extern const std::vector<double> kLoadBuckets;
extern const std::vector<double> kBatchSizeBuckets;

// Thread-safe, as prometheus-cpp is.
struct MetricFamilies {
  MetricFamilies();

  prometheus::Registry registry;

  // {model, version, code}
  CounterFamily& requests;
  // {model, version}
  HistogramFamily& request_duration;
  HistogramFamily& queue_duration;
  HistogramFamily& input_duration;
  HistogramFamily& compute_duration;
  HistogramFamily& output_duration;
  HistogramFamily& batch_size;
  GaugeFamily& queue_depth;
  GaugeFamily& model_bytes;
  // {model, version, state}
  GaugeFamily& model_state;

  // {model, result}
  HistogramFamily& load_duration;
  CounterFamily& swaps;
  // {code}
  CounterFamily& unroutable;

  // {device}
  GaugeFamily& device_used;
  GaugeFamily& device_total;

  // The process. Resident memory goes by the daemon's prefix too, beside the device's.
  prometheus::Gauge& sconce_resident;
  prometheus::Gauge& process_resident;
  prometheus::Gauge& process_virtual;
  prometheus::Gauge& process_open_fds;
  prometheus::Gauge& process_max_fds;
  prometheus::Gauge& process_threads;
  prometheus::Gauge& process_start;
  prometheus::Counter& process_cpu;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_TELEMETRY_METRIC_FAMILIES_H_
