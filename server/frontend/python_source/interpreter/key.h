// What makes two values the same key of a dict.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_KEY_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_KEY_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// TypeError: lists, dicts and what only a request knows are no keys.
absl::StatusOr<std::string> KeyOf(const Value& value);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_KEY_H_
