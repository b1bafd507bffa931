// The second look: the same policy on what LibTorch compiled, so that a difference between the
// text check and the compiler can't let an operator through.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_GRAPH_POLICY_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_GRAPH_POLICY_H_

#include <torch/csrc/jit/api/module.h>

#include "absl/status/status.h"

namespace sconce {

// Every method and function of every class that `module` brought with it, called or not.
// FAILED_PRECONDITION: an operator that a model may not call. INVALID_ARGUMENT: calls that multiply
// into a graph too large to hold.
absl::Status JudgeGraphs(const torch::jit::Module& module);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_GRAPH_POLICY_H_
