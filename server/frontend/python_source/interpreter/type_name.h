// What Python calls the type of a value, for messages: "int", "a Tensor of the request".

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_TYPE_NAME_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_TYPE_NAME_H_

#include <string>

#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// As type(x).__name__ gives it.
std::string TypeName(const Value& value);

// What is known of it, short: "3", "'relu'", "a Tensor of the request", "a Conv2d".
std::string Describe(const Value& value);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_TYPE_NAME_H_
