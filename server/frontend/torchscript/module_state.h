// The weights of a TorchScript module under PyTorch's names.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_MODULE_STATE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_MODULE_STATE_H_

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/api/module.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

using StateDict = std::vector<std::pair<std::string, at::Tensor>>;

// What torch.jit.load(...).state_dict() gives: for each module its parameters, then its buffers,
// then its children's. The tensors are the module's own, not copies.
StateDict StateOf(const torch::jit::Module& module);

// Bytes of parameters and buffers; what is shared counts once.
uint64_t StateBytes(const torch::jit::Module& module);

// Which keys of weights a module may do without, and which it may be given in vain.
struct Strictness {
  bool allow_missing = false;
  bool allow_unexpected = false;
};

// Where the weights of a module differ from those it was given, and may.
struct Leftovers {
  std::vector<std::string> missing;     // the module keeps its own values
  std::vector<std::string> tied;        // missing, of tensors that were given by another name
  std::vector<std::string> unexpected;  // not used
};

// Reads `weights` into the memory of the module's parameters and buffers, as
// load_state_dict(strict=True) does, or less strictly. FAILED_PRECONDITION: the names, shapes or
// types are not the module's; the message lists every missing, unexpected and unfit key.
absl::StatusOr<Leftovers> ReadWeights(const std::vector<StoredTensor>& weights,
                                      const Strictness& strictness,
                                      const torch::jit::Module& module);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_MODULE_STATE_H_
