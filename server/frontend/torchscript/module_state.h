// The weights of a TorchScript module under PyTorch's names.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_MODULE_STATE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_MODULE_STATE_H_

#include <torch/csrc/jit/api/module.h>

#include "absl/status/status.h"
#include "server/formats/state_dict.h"

namespace sconce {

// What torch.jit.load(...).state_dict() gives: for each module its parameters, then its buffers,
// then its children's. The tensors are the module's own, not copies.
StateDict StateOf(const torch::jit::Module& module);

// Bytes of parameters and buffers; what is shared counts once.
uint64_t StateBytes(const torch::jit::Module& module);

// Copies `weights` into the module's parameters and buffers, as load_state_dict(strict=True) does.
// FAILED_PRECONDITION: the names or shapes are not the module's; the message lists every missing,
// unexpected and mis-shaped key.
absl::Status CopyWeights(const StateDict& weights, const torch::jit::Module& module);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_MODULE_STATE_H_
