#include "server/frontend/python_source/syntax/tree_reader.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "server/frontend/python_source/syntax/parse_python.h"
#include "server/frontend/python_source/syntax/source_error.h"

namespace sconce::python {
namespace {

// The grammar takes a keyword for a name where only a name could stand.
bool IsKeyword(std::string_view word) {
  static const auto* const kKeywords = new absl::flat_hash_set<std::string_view>{
      "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
      "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
      "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
      "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
  return kKeywords->contains(word);
}

}  // namespace

Block TreeReader::ReadModule(const SyntaxNode& root) {
  Block block;
  ReadStatements(root, block);
  return block;
}

void TreeReader::Fail(Position at, std::string_view message) {
  if (failed()) return;
  status_ = absl::InvalidArgumentError(PointAt(file_, at, message));
}

ExprPtr TreeReader::FailExpr(const SyntaxNode& node, std::string_view message) {
  Fail(node.position(), message);
  return MakeExpr(node, NoneLiteral{});
}

StmtPtr TreeReader::FailStmt(const SyntaxNode& node, std::string_view message) {
  Fail(node.position(), message);
  return MakeStmt(node, Pass{});
}

bool TreeReader::TooDeep(const SyntaxNode& node) {
  if (nesting_ > kMostNesting) {
    Fail(node.position(),
         absl::StrFormat("blocks and brackets are nested deeper than %d levels", kMostNesting));
  } else if (depth_ > kMostTreeDepth) {
    Fail(node.position(), absl::StrFormat("this is part of an expression or statement of more "
                                          "than %d parts inside each other",
                                          kMostTreeDepth));
  }
  return failed();
}

Position TreeReader::PositionOf(const SyntaxNode& node) const {
  Position at = node.position();
  if (node.begin() == star_at_) ++at.column;
  return at;
}

std::string TreeReader::Identifier(const SyntaxNode& node) {
  const std::string_view text = node.text();
  if (!node.Is("identifier")) {
    Fail(node.position(), "a name is expected here");
  } else if (IsKeyword(text)) {
    Fail(node.position(), absl::StrFormat("\"%s\" is a keyword and no name", text));
  }
  return std::string(text);
}

const SyntaxNode& TreeReader::Field(const SyntaxNodes& nodes, std::string_view field,
                                    const SyntaxNode& parent) {
  const SyntaxNode* found = FindField(nodes, field);
  if (found != nullptr) return *found;
  Fail(parent.position(), absl::StrFormat("this has no %s", field));
  return parent;
}

ExprPtr TreeReader::FieldExpr(const SyntaxNodes& nodes, std::string_view field,
                              const SyntaxNode& parent) {
  return ReadExpr(Field(nodes, field, parent));
}

ExprPtr TreeReader::OptionalExpr(const SyntaxNode* node) {
  return node == nullptr ? nullptr : ReadExpr(*node);
}

}  // namespace sconce::python
