// Checkpoints of a TorchScript module, written from the module as it was loaded.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_TORCHSCRIPT_SAVABLE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_TORCHSCRIPT_SAVABLE_H_

#include <torch/csrc/jit/api/module.h>

#include <memory>

#include "server/frontend/load_model.h"

namespace sconce {

// Nothing may run or change `module` any more.
std::shared_ptr<SavableModel> MakeSavable(torch::jit::Module module);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_TORCHSCRIPT_SAVABLE_H_
