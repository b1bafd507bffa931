#include "server/telemetry/metric_families.h"

namespace sconce {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

CounterFamily& AddCounter(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry);
}
GaugeFamily& AddGauge(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildGauge().Name(name).Help(help).Register(registry);
}
HistogramFamily& AddHistogram(prometheus::Registry& registry, const char* name, const char* help) {
  return BuildHistogram().Name(name).Help(help).Register(registry);
}

}  // namespace

const std::vector<double> kLatencyBuckets = {50e-6, 100e-6, 250e-6, 500e-6, 0.001, 0.0025, 0.005,
                                             0.01,  0.025,  0.05,   0.1,    0.25,  0.5,    1,
                                             2.5,   5,      10,     30,     60};
const std::vector<double> kLoadBuckets = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
                                          2.5,   5,     10,   30,    60,   120, 300,  600};
const std::vector<double> kBatchSizeBuckets = {1, 2, 4, 8, 16, 32, 64, 128, 256};

// Family::Register throws on a bad name or one used twice: these are constants, and the tests make
// one of these.
MetricFamilies::MetricFamilies()
    : requests(AddCounter(registry, "sconce_requests_total",
                          "Inference requests answered, by gRPC status code.")),
      request_duration(
          AddHistogram(registry, "sconce_request_duration_seconds",
                       "Time from the last byte of a request to its answer's hand-over to gRPC.")),
      queue_duration(AddHistogram(registry, "sconce_queue_duration_seconds",
                                  "Time that requests waited for the model.")),
      input_duration(AddHistogram(registry, "sconce_input_duration_seconds",
                                  "Time spent decoding and checking requests.")),
      compute_duration(
          AddHistogram(registry, "sconce_compute_duration_seconds", "Time spent in the model.")),
      output_duration(
          AddHistogram(registry, "sconce_output_duration_seconds", "Time spent encoding answers.")),
      batch_size(AddHistogram(registry, "sconce_batch_size", "Requests per run of the model.")),
      queue_depth(AddGauge(registry, "sconce_queue_depth", "Requests waiting for the model.")),
      model_bytes(AddGauge(registry, "sconce_model_bytes",
                           "Bytes of parameters and buffers in the device's memory.")),
      model_state(AddGauge(registry, "sconce_model_state",
                           "1 for the state that the model version is in, 0 for the others.")),
      load_duration(AddHistogram(registry, "sconce_load_duration_seconds",
                                 "Time that loading a model took, until it served or failed.")),
      swaps(AddCounter(registry, "sconce_swap_total",
                       "Versions put into service: swapped for another, loaded where none served, "
                       "or failed.")),
      unroutable(AddCounter(registry, "sconce_unroutable_requests_total",
                            "Inference requests for no model that is known.")),
      device_used(AddGauge(registry, "sconce_device_memory_used_bytes",
                           "Memory of the accelerator that is in use, by anybody.")),
      device_total(AddGauge(registry, "sconce_device_memory_total_bytes",
                            "Memory that the accelerator has.")),
      sconce_resident(AddGauge(registry, "sconce_process_resident_memory_bytes",
                               "Resident memory of the process.")
                          .Add({})),
      process_resident(
          AddGauge(registry, "process_resident_memory_bytes", "Resident memory of the process.")
              .Add({})),
      process_virtual(
          AddGauge(registry, "process_virtual_memory_bytes", "Virtual memory of the process.")
              .Add({})),
      process_open_fds(
          AddGauge(registry, "process_open_fds", "File descriptors that are open.").Add({})),
      process_max_fds(
          AddGauge(registry, "process_max_fds", "File descriptors that may be open.").Add({})),
      process_threads(AddGauge(registry, "process_threads", "Threads of the process.").Add({})),
      process_start(AddGauge(registry, "process_start_time_seconds",
                             "When the process started, in seconds since 1970.")
                        .Add({})),
      process_cpu(AddCounter(registry, "process_cpu_seconds_total",
                             "CPU time that the process has used, user and system.")
                      .Add({})) {}

}  // namespace sconce
