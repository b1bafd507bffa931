// From the module as loaded to the module that runs: on its device, frozen where that works.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_FREEZE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_FREEZE_H_

#include <c10/core/Device.h>
#include <torch/csrc/jit/api/module.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sconce {

struct RunnableModule {
  torch::jit::Module module;
  // Empty when it was frozen; else why not.
  std::string unfrozen_because;
};

// Keeps `methods`. `module` stays as it is: the result may share its tensors, never its code.
absl::StatusOr<RunnableModule> MakeRunnable(const torch::jit::Module& module,
                                            const std::vector<std::string>& methods,
                                            c10::Device device);

// The same without freezing.
absl::StatusOr<RunnableModule> MakeRunnableUnfrozen(const torch::jit::Module& module,
                                                    const std::vector<std::string>& methods,
                                                    c10::Device device, std::string because);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_FREEZE_H_
