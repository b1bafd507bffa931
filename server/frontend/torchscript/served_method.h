// A method of the runnable module with everything that a call of it needs, fixed at load time.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_SERVED_METHOD_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_SERVED_METHOD_H_

#include <torch/csrc/jit/api/module.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/load_model.h"
#include "server/frontend/torchscript/freeze.h"
#include "server/frontend/torchscript/fresh_state.h"
#include "server/frontend/torchscript/input_hints.h"
#include "server/frontend/torchscript/written_state.h"
#include "server/runtime/signature.h"

namespace sconce {

struct ServedMethod {
  // What requests are checked against: only what is certain.
  Signature bound;
  // Besides: what certainly holds of each input's shape, by the signature's positions.
  std::vector<InputHint> hints;
  torch::jit::Function* function = nullptr;
  WrittenState written;
  FreshState state;
};

// `advertised` gets the method's signature as callers are told it: with the usual shapes.
// FAILED_PRECONDITION: an argument that tensors can't express, state that can't be given fresh to
// every request (of a frozen module: perhaps of the unfrozen one), declared tensors that do not
// fit.
absl::StatusOr<ServedMethod> MakeServedMethod(const RunnableModule& runnable,
                                              const std::string& name, const ModelSource& source,
                                              Signature& advertised);

// The public methods of the module that requests could call, "forward" first: no names that begin
// with "_", no training steps.
std::vector<std::string> ExportedMethods(const torch::jit::Module& module);

// "forward writes self._state: every request starts from the saved value". Empty when it writes
// nothing.
std::string NoteOnState(const std::string& method, const ServedMethod& served);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_SERVED_METHOD_H_
