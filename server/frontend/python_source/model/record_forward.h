// Turns a module's forward into a method of its TorchScript module.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_RECORD_FORWARD_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_RECORD_FORWARD_H_

#include <torch/csrc/jit/api/module.h>

#include "absl/status/status.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Arguments of forward become inputs under their names; those without an annotation are tensors,
// or of the type of their default. Optional arguments that forward can't serve as inputs (it builds
// other code for each value) keep their default and are noted.
absl::Status RecordForward(Interpreter& interpreter, const Value& module,
                           torch::jit::Module& compiled);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_RECORD_FORWARD_H_
