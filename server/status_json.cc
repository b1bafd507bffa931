#include "server/status_json.h"

#include <nlohmann/json.hpp>

#include "server/telemetry/process_status.h"

namespace sconce {
namespace {

using nlohmann::json;

json BucketsJson(const ModelMetrics& metrics) {
  json buckets = json::array();
  // The last bound is infinite, which JSON writes as null.
  for (const LatencyBucket& bucket : metrics.Latency()) {
    buckets.push_back({bucket.upper_seconds, bucket.count});
  }
  return buckets;
}

json SignaturesJson(const ModelInfo& info) {
  json signatures = json::array();
  for (const Signature& signature : info.signatures) signatures.push_back(ToString(signature));
  return signatures;
}

void AddTraffic(const Repository& repository, const ModelInfo& info, json& model) {
  model["requests"] = 0;
  model["failures"] = 0;
  model["queue_depth"] = 0;
  model["buckets"] = json::array();
  if (info.state != ModelState::kReady) return;
  const auto serving = repository.Find(info.name, info.version);
  if (!serving.ok() || (*serving)->metrics == nullptr) return;
  const ModelMetrics& metrics = *(*serving)->metrics;
  const StatisticsSnapshot sums = metrics.Statistics();
  model["requests"] = sums.success.count;
  model["failures"] = sums.failure.count;
  model["queue_depth"] = metrics.queue_depth();
  model["buckets"] = BucketsJson(metrics);
}

json ModelJson(const Repository& repository, const ModelInfo& info) {
  json model = {{"name", info.name},
                {"version", info.version},
                {"default", info.is_default},
                {"state", ModelStateName(info.state)},
                {"reason", info.reason},
                {"format", info.format},
                {"device", info.device},
                {"bytes", info.bytes},
                {"load_seconds", info.load_seconds},
                {"signatures", SignaturesJson(info)},
                {"notes", info.notes}};
  AddTraffic(repository, info, model);
  return model;
}

}  // namespace

std::string StatusJson(const Repository& repository, const std::string& grpc, bool ready) {
  const ProcessStatus process = ReadProcessStatus();
  json status = {{"version", SCONCE_VERSION},
                 {"grpc", grpc},
                 {"ready", ready},
                 {"uptime_seconds", process.seconds_since_start},
                 {"resident_bytes", process.resident_bytes},
                 {"models", json::array()}};
  for (const ModelInfo& info : repository.List()) {
    status["models"].push_back(ModelJson(repository, info));
  }
  return status.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace sconce
