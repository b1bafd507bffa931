// Comparing values as the joining of branches needs it.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_SAME_VALUE_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_SAME_VALUE_H_

#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// The same object, or equal and of the same type where values have no identity (numbers, texts).
// Tuples are the same when their items are.
bool IsSame(const Value& a, const Value& b);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_SAME_VALUE_H_
