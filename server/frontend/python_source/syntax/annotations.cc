// The grammar has its own names for what looks like a type; to Python they are expressions.

#include <utility>

#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {

// Dict[str, int]: a name, and "type_parameter".
ExprPtr TreeReader::ReadGenericType(const SyntaxNode& node) {
  const SyntaxNodes parts = node.NamedChildren();
  if (parts.size() != 2) return FailExpr(node, "this is no type");
  ExprPtr value = ReadExpr(parts[0]);
  const Level level(nesting_);
  const SyntaxNodes arguments = parts[1].NamedChildren();
  if (arguments.empty()) return FailExpr(node, "an index is missing");
  std::vector<ExprPtr> elements = ReadElements(arguments);
  const bool tuple = FindType(parts[1].Children(), ",") != nullptr ||
                     std::holds_alternative<Starred>(elements[0]->node);
  ExprPtr index =
      tuple ? MakeExpr(arguments[0], TupleDisplay{std::move(elements)}) : std::move(elements[0]);
  return MakeExpr(node, Subscript{std::move(value), std::move(index)});
}

ExprPtr TreeReader::ReadUnionType(const SyntaxNode& node) {
  const SyntaxNodes parts = node.NamedChildren();
  if (parts.size() != 2) return FailExpr(node, "this is no type");
  ExprPtr left = ReadExpr(parts[0]);
  return MakeExpr(node, Binary{BinaryOperator::kBitOr, std::move(left), ReadExpr(parts[1])});
}

ExprPtr TreeReader::ReadMemberType(const SyntaxNode& node) {
  const SyntaxNodes parts = node.NamedChildren();
  if (parts.size() != 2) return FailExpr(node, "this is no type");
  ExprPtr value = ReadExpr(parts[0]);
  return MakeExpr(node, Attribute{std::move(value), Identifier(parts[1])});
}

// A: B, which only the parameters of a generic function or class have, and those are not read.
ExprPtr TreeReader::ReadNoType(const SyntaxNode& node) {
  return FailExpr(node, "a colon is not possible here");
}

}  // namespace sconce::python
