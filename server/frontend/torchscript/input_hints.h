// What a TorchScript graph says about its inputs by the way it uses them: TorchScript itself says
// only "Tensor".

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_INPUT_HINTS_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_INPUT_HINTS_H_

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/runtime/datatype.h"

namespace sconce {

struct InputHint {
  // What callers are told; the usual case ("FP32[-1,4]" for a Linear).
  Datatype datatype = Datatype::kUnknown;
  std::optional<std::vector<int64_t>> shape;

  // What no accepted request can lack. A Linear takes any number of dimensions; a convolution also
  // takes a single example without its batch dimension.
  bool datatype_is_certain = false;
  std::vector<int64_t> trailing;  // the last dimensions; kAnySize takes any size
  size_t min_rank = 0;
  size_t max_rank = SIZE_MAX;
};

// For the input of `graph` at `index` (`self` is 0). `graph` is a method of `module`, inlined.
// Follows the input through operators that keep its datatype or shape to the first that has
// weights. Only uses that every call makes count.
InputHint HintOf(const torch::jit::Graph& graph, size_t index, const torch::jit::Module& module);

// INVALID_ARGUMENT when `sizes` can't be right for the input named `name`.
absl::Status CheckShape(const std::string& name, const std::vector<int64_t>& sizes,
                        const InputHint& hint);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_INPUT_HINTS_H_
