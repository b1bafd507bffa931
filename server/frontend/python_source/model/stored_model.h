// A whole pickled model as the interpreter's objects.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_MODEL_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_MODEL_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/torch/torch_file.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// The module that `module` holds (see StoredObjects), out of the wrappers that training put around
// it.
absl::StatusOr<Value> ReadStoredModel(Interpreter& interpreter, TorchFile& file,
                                      const PickleValue& module);

// What its class would make otherwise, without arguments; empty: nothing, or it needs arguments.
// Runs the class's __init__, so nothing else may be asked of `interpreter` afterwards.
std::string DescribeDifference(Interpreter& interpreter, const Value& stored);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_MODEL_H_
