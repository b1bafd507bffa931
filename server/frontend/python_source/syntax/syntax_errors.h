// What to say of a text that is no Python.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_SYNTAX_ERRORS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_SYNTAX_ERRORS_H_

#include <string>

#include "server/frontend/python_source/syntax/ast.h"
#include "server/frontend/python_source/syntax/syntax_node.h"

namespace sconce::python {

struct SyntaxProblem {
  Position at;
  std::string message;
};

// `root` has an error somewhere.
SyntaxProblem FirstProblem(const SyntaxNode& root);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_SYNTAX_ERRORS_H_
