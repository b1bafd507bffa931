// What a ModelConfig asks for, checked, in the terms of the rest of Sconce.

#ifndef SCONCE_SERVER_REPOSITORY_MODEL_SETTINGS_H_
#define SCONCE_SERVER_REPOSITORY_MODEL_SETTINGS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/inference/model_config.pb.h"
#include "server/runtime/signature.h"

namespace sconce {

// Keys of ModelConfig.parameters:
//   SKELETON                the TorchScript file that gives the structure when the model file holds
//                           weights; a file name, looked for in the version folder, then in the
//                           model folder
//   CLASS                   the class of model.py, or a function that returns the model
//   INIT                    its arguments as JSON ({"hidden": 64})
//   WEIGHTS_KEY             where in a checkpoint the weights are ("state.model")
//   ALLOW_MISSING           "true": the weights may lack keys of the skeleton, whose values stay
//   ALLOW_UNEXPECTED        "true": they may have keys that the skeleton lacks, which are left out
//   INTRA_OP_THREAD_COUNT   threads inside one request; 0: Sconce divides the CPUs
// Triton's, of the PyTorch backend. They tune that backend and change no answer; Sconce takes
// "true" and "false" (a number for the last) and says in the model's notes that they do nothing:
//   INFERENCE_MODE, DISABLE_OPTIMIZED_EXECUTION, ENABLE_WEIGHT_SHARING, ENABLE_CACHE_CLEANING,
//   ENABLE_JIT_EXECUTOR, ENABLE_JIT_PROFILING, INTER_OP_THREAD_COUNT
// Any other key is refused.
struct ModelSettings {
  // As given, with the name, the platform and the backend filled in: the answer of the ModelConfig
  // RPC.
  inference::ModelConfig config;
  // Shapes have a leading -1 when max_batch_size > 0. An input without dims has any shape.
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
  // Inputs marked optional: the model's own signature must agree.
  std::vector<std::string> optional_inputs;
  int instances = 0;     // 0: Sconce divides the CPUs
  int intra_op = 0;      // 0: the same
  std::string device;    // as ResolveDevice takes it; empty: not said
  std::string skeleton;  // file name; empty: none
  std::string class_name;
  std::string init;
  std::string weights_key;
  bool allow_missing = false;
  bool allow_unexpected = false;
  std::vector<std::string> notes;
};

// `origin` names the configuration in errors. INVALID_ARGUMENT: it contradicts itself or the name.
// FAILED_PRECONDITION: it asks for what Sconce does not do, or for another framework.
absl::StatusOr<ModelSettings> SettingsOf(const inference::ModelConfig& config,
                                         std::string_view model, std::string_view origin);

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_MODEL_SETTINGS_H_
