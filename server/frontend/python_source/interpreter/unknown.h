// The moment when what can't be known without running Python is needed after all.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_UNKNOWN_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_UNKNOWN_H_

#include "absl/status/status.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// FAILED_PRECONDITION with the option that makes it known, when `value` is Unknown.
absl::Status CheckKnown(const Value& value);
// The same for what is in a tuple or list, at any depth but a foolish one.
absl::Status CheckKnownWithin(const Value& value, int depth = 8);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_UNKNOWN_H_
