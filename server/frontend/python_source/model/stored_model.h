// A whole pickled model as the interpreter's objects.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_MODEL_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_MODEL_H_

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/torch/torch_file.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// The module that `module` holds (see StoredObjects), out of the wrappers that training put around
// it. Where its class would make another one without arguments, that is noted.
absl::StatusOr<Value> ReadStoredModel(Interpreter& interpreter, TorchFile& file,
                                      const PickleValue& module);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_MODEL_H_
