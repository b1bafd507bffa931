// What a method writes besides its own temporaries: attributes of the module, tensors that may be
// shared with them, and its arguments.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_WRITTEN_STATE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_WRITTEN_STATE_H_

#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sconce {

struct WrittenState {
  // Attributes by dotted path ("encoder.steps"), without "self".
  std::set<std::string> assigned;  // self.x = ...
  std::set<std::string> modified;  // self.x += ..., self.x.append(...), a view of self.x
  // There are writes whose target can't be told: any attribute may be meant.
  bool anything = false;
  // A constant of the code is written; it has become a fresh copy in every call.
  bool constants = false;
  // By position, `self` left out: the argument may be written.
  std::vector<bool> arguments;

  bool any() const { return anything || constants || !assigned.empty() || !modified.empty(); }
};

// Asks LibTorch's alias analysis. `graph` is a method's, inlined; constants that are written get
// copied at its start. FAILED_PRECONDITION: a constant is written that can't be copied.
absl::StatusOr<WrittenState> FindWrites(const std::shared_ptr<torch::jit::Graph>& graph);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_WRITTEN_STATE_H_
