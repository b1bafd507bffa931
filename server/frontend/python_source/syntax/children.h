// What a node of the syntax tree has directly in it, for walks that look for something.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_CHILDREN_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_CHILDREN_H_

#include <vector>

#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

// In the order of the source; without annotations. Of a lambda its body and defaults.
std::vector<const Expr*> ChildrenOf(const Expr& expr);
// Not those of statements in it. Of a definition its decorators, defaults and bases.
std::vector<const Expr*> ChildrenOf(const Stmt& stmt);
// The statements in a statement, also of definitions.
std::vector<const Block*> BlocksOf(const Stmt& stmt);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_CHILDREN_H_
