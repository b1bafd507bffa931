// Errors that point into a source file, as Python itself prints them:
//
//   model.py:12:5: '(' was never closed
//       x = f(a
//            ^

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_SOURCE_ERROR_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_SOURCE_ERROR_H_

#include <string>
#include <string_view>

#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

// Lines and columns (in characters) count from 1. The line is cut around the caret when it is long,
// and printable whatever the file holds. A position outside the file has no line to show.
std::string PointAt(const SourceFile& file, Position at, std::string_view message);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_SOURCE_ERROR_H_
