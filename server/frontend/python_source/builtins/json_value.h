// What users give as JSON, arguments of a class and definitions, and texts that scripts read.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_JSON_VALUE_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_JSON_VALUE_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// INVALID_ARGUMENT: it is not JSON, or nests too deeply.
absl::StatusOr<Value> ValueFromJson(const std::string& text);

// JSON where it is that; else the text itself: --define kind=resnet.
Value ValueFromDefinition(const std::string& text);

// An object gives keywords, an array positions; empty text gives nothing.
absl::StatusOr<Arguments> ArgumentsFromJson(const std::string& text);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_JSON_VALUE_H_
