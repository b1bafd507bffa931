// Operators by their tokens.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_OPERATOR_NAMES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_OPERATOR_NAMES_H_

#include <optional>
#include <string_view>

#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

// "+", "//"; nothing when it is none.
std::optional<BinaryOperator> FindBinaryOperator(std::string_view token);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_OPERATOR_NAMES_H_
