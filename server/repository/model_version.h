// One version of one model while it is known to the repository: what it was loaded from, how it
// fares, and, while it serves, the engine behind it.

#ifndef SCONCE_SERVER_REPOSITORY_MODEL_VERSION_H_
#define SCONCE_SERVER_REPOSITORY_MODEL_VERSION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proto/inference/model_config.pb.h"
#include "server/batching/batcher.h"
#include "server/frontend/load_model.h"
#include "server/telemetry/metrics.h"

namespace sconce {

enum class ModelState { kLoading, kReady, kDraining, kUnloaded, kFailed };

// "ready".
std::string_view ModelStateName(ModelState state);

// What serves requests. Immutable once published; a request holds it by shared_ptr until its answer
// is out, so a version taken out of service lives exactly as long as its last request.
struct ServingVersion {
  std::string name;
  int64_t version = 0;
  std::shared_ptr<Executable> executable;
  std::shared_ptr<SavableModel> savable;
  std::shared_ptr<Batcher> batcher;
  std::shared_ptr<ModelMetrics> metrics;
};

// A snapshot for people and RPCs. Plain data.
struct ModelInfo {
  std::string name;
  int64_t version = 0;
  ModelState state = ModelState::kLoading;
  std::string reason;  // of the last failure
  std::string format;
  std::string path;
  std::string skeleton;
  std::string device;
  uint64_t bytes = 0;
  std::vector<Signature> signatures;
  bool stateful = false;
  std::vector<std::string> notes;
  std::chrono::system_clock::time_point loaded_at;
  double load_seconds = 0;
  bool is_default = false;
  inference::ModelConfig config;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_MODEL_VERSION_H_
