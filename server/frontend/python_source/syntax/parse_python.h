// Python source text to a syntax tree. Knows the syntax of Python 3 up to what tree-sitter's
// grammar knows of it (match, type aliases); runs nothing, reads no other file.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_PARSE_PYTHON_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_PARSE_PYTHON_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

inline constexpr size_t kMostSourceBytes = size_t{16} << 20;
// Blocks and brackets inside each other.
inline constexpr int kMostNesting = 200;
// How deep the tree may be: a chain such as a.b().c() or a + b + c is as deep as it is long. Who
// walks the tree may recurse this often.
inline constexpr int kMostTreeDepth = 1000;

// `name` is for messages. The file's text is as given, but with '\n' for every end of line and
// without a byte order mark; positions are in that text.
//
// INVALID_ARGUMENT, pointing at the place (source_error.h): it is not UTF-8, not Python 3, too
// large or too deeply nested. Sound Python that models have no use for becomes UnsupportedExpr and
// UnsupportedStmt. Any bytes may be given: time and memory are bounded. Thread-safe.
absl::StatusOr<std::unique_ptr<SourceFile>> ParsePython(std::string name, std::string text);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_PARSE_PYTHON_H_
