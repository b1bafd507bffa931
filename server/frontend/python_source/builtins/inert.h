// What Python calls for effects that a serving model does not have: decorators, hints, settings.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_INERT_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_INERT_H_

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

absl::StatusOr<Value> ReturnNone(Interpreter& interpreter, Arguments arguments);

absl::StatusOr<Value> ReturnFirst(Interpreter& interpreter, Arguments arguments);

// A decorator that changes nothing, with arguments (@lru_cache(maxsize=8)) and without.
absl::StatusOr<Value> Decorate(Interpreter& interpreter, Arguments arguments);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_INERT_H_
