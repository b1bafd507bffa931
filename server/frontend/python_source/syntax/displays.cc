// Tuples, lists, sets, dicts and comprehensions.

#include <utility>

#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {

ExprPtr TreeReader::ReadElement(const SyntaxNode& node) {
  const bool list = node.Is("expression_list") || node.Is("pattern_list");
  if (list || node.text().substr(0, 1) != "*") return ReadExpr(node);
  const size_t outer = std::exchange(star_at_, node.begin());
  ExprPtr value = ReadExpr(node);
  star_at_ = outer;
  return MakeExpr(node, Starred{std::move(value)});
}

std::vector<ExprPtr> TreeReader::ReadElements(const SyntaxNodes& nodes) {
  std::vector<ExprPtr> elements;
  for (const SyntaxNode& node : nodes) elements.push_back(ReadElement(node));
  return elements;
}

ExprPtr TreeReader::ReadParenthesized(const SyntaxNode& node) {
  const Level level(nesting_);
  return ReadInner(node);
}

ExprPtr TreeReader::ReadTuple(const SyntaxNode& node) {
  const Level level(nesting_);
  return MakeExpr(node, TupleDisplay{ReadElements(node.NamedChildren())});
}

// (a) = b has no tuple, and (*a) is nothing.
ExprPtr TreeReader::ReadClosedTuple(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  const bool one = node.NamedChildren().size() == 1 && FindType(children, ",") == nullptr;
  return one ? ReadParenthesized(node) : ReadTuple(node);
}

ExprPtr TreeReader::ReadList(const SyntaxNode& node) {
  const Level level(nesting_);
  return MakeExpr(node, ListDisplay{ReadElements(node.NamedChildren())});
}

ExprPtr TreeReader::ReadSet(const SyntaxNode& node) {
  const Level level(nesting_);
  return MakeExpr(node, SetDisplay{ReadElements(node.NamedChildren())});
}

ExprPtr TreeReader::ReadDict(const SyntaxNode& node) {
  const Level level(nesting_);
  DictDisplay dict;
  for (const SyntaxNode& child : node.NamedChildren()) {
    if (child.Is("pair")) {
      const SyntaxNodes parts = child.Children();
      ExprPtr key = FieldExpr(parts, "key", child);
      dict.entries.push_back({std::move(key), FieldExpr(parts, "value", child)});
    } else {
      dict.entries.push_back({nullptr, ReadInner(child)});
    }
  }
  return MakeExpr(node, std::move(dict));
}

ExprPtr TreeReader::ReadComprehension(const SyntaxNode& node) {
  const Level level(nesting_);
  const SyntaxNodes children = node.Children();
  const SyntaxNode& body = Field(children, "body", node);
  Comprehension made;
  made.kind = ComprehensionKind::kGenerator;
  if (node.Is("dictionary_comprehension")) {
    const SyntaxNodes pair = body.Children();
    made.kind = ComprehensionKind::kDict;
    made.element = FieldExpr(pair, "key", body);
    made.value = FieldExpr(pair, "value", body);
  } else {
    if (node.Is("list_comprehension")) made.kind = ComprehensionKind::kList;
    if (node.Is("set_comprehension")) made.kind = ComprehensionKind::kSet;
    made.element = ReadExpr(body);
  }
  if (!ReadClauses(children, made.clauses)) {
    return MakeExpr(node, UnsupportedExpr{"async comprehension"});
  }
  return MakeExpr(node, std::move(made));
}

// False: one is asynchronous.
bool TreeReader::ReadClauses(const SyntaxNodes& children,
                             std::vector<ComprehensionClause>& clauses) {
  for (const SyntaxNode& child : children) {
    if (child.Is("if_clause") && !clauses.empty()) {
      clauses.back().conditions.push_back(ReadInner(child));
    } else if (child.Is("for_in_clause")) {
      const SyntaxNodes parts = child.Children();
      if (FindType(parts, "async") != nullptr) return false;
      if (FindType(parts, ",") != nullptr) {
        Fail(child.position(), "the values to go through need parentheses around them");
      }
      ComprehensionClause clause;
      clause.target = ReadTarget(Field(parts, "left", child));
      clause.iterable = FieldExpr(parts, "right", child);
      clauses.push_back(std::move(clause));
    }
  }
  return true;
}

}  // namespace sconce::python
