// copy.copy and copy.deepcopy.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_DEEP_COPY_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_DEEP_COPY_H_

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// What is shared within `value` is shared within a deep copy.
absl::StatusOr<Value> CopyOf(Interpreter& interpreter, const Value& value, bool deep);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_DEEP_COPY_H_
