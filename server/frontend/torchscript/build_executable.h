// From a loaded module to its Executable: device, freezing, state, signatures, warm-up.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_BUILD_EXECUTABLE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_BUILD_EXECUTABLE_H_

#include <torch/csrc/jit/api/module.h>

#include <memory>

#include "absl/status/statusor.h"
#include "server/frontend/load_model.h"
#include "server/runtime/executable.h"

namespace sconce {

// `module` stays unchanged; the Executable may share its tensors. Statuses as LoadModel.
absl::StatusOr<std::shared_ptr<Executable>> BuildExecutable(const torch::jit::Module& module,
                                                            const ModelSource& source);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_BUILD_EXECUTABLE_H_
