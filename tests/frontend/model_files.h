// TorchScript files made on the spot, for one rule each.

#ifndef SCONCE_TESTS_FRONTEND_MODEL_FILES_H_
#define SCONCE_TESTS_FRONTEND_MODEL_FILES_H_

#include <torch/script.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/load_model.h"
#include "server/frontend/torchscript/module_state.h"
#include "server/runtime/value.h"

namespace sconce::testing {

// A file of its own for each call; removed when the process ends.
std::string TemporaryPath(const std::string& suffix);

void WriteBytes(const std::string& path, const std::string& bytes);
std::string ReadBytes(const std::string& path);

// tests/data/frontend/NAME
std::string DataFile(const std::string& name);
// The "input" and "output" of tests/data/frontend/NAME.expected.pt.
std::pair<at::Tensor, at::Tensor> Expected(const std::string& name);

// The weights of a file, and a file of weights (torch.save's).
StateDict ReadState(const std::string& path);
std::string WriteState(const StateDict& state);

// A checkpoint of the model at a path of its own.
absl::StatusOr<std::string> SaveAs(const LoadedModel& model, CheckpointFormat format);

// An empty module, for register_buffer and define.
torch::jit::Module NewModule();

std::string Save(const torch::jit::Module& module);

ModelSource CpuSource(const std::string& path);
absl::StatusOr<LoadedModel> Load(const std::string& path);
absl::StatusOr<LoadedModel> Load(const torch::jit::Module& module);

// Binds and runs `method`.
absl::StatusOr<std::vector<NamedValue>> Call(const LoadedModel& model,
                                             std::vector<NamedValue> inputs,
                                             const std::string& method = "");
// The first output of forward for the input "x".
absl::StatusOr<at::Tensor> Forward(const LoadedModel& model, const at::Tensor& x);

at::Tensor TensorOf(const NamedValue& value);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_FRONTEND_MODEL_FILES_H_
