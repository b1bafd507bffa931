// Known values and TorchScript's IValue, both ways.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_IVALUE_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_IVALUE_H_

#include <ATen/core/ivalue.h>

#include <optional>

#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Lists become lists of their common type: of ints and floats, of floats. Nullopt: a value that no
// operator takes (a function, a Symbol, a list of mixed things).
std::optional<c10::IValue> ToIValue(const Value& value);

// Results of operators. Lists and tuples come apart.
Value FromIValue(const c10::IValue& value);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_IVALUE_H_
