// The grammar has its own names for what looks like a type; to Python they are expressions.

#include <utility>

#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {
namespace {

// What "|" stands between, in the order of the text.
SyntaxNodes UnionOperands(const SyntaxNode& node) {
  SyntaxNodes operands;
  SyntaxNodes pending{node};
  while (!pending.empty()) {
    const SyntaxNode next = pending.back();
    pending.pop_back();
    const bool is_or = next.Is("binary_operator") && FindType(next.Children(), "|") != nullptr;
    if (is_or || next.Is("union_type") || next.Is("type")) {
      const SyntaxNodes parts = next.NamedChildren();
      pending.insert(pending.end(), parts.rbegin(), parts.rend());
    } else {
      operands.push_back(next);
    }
  }
  return operands;
}

// A[b] | c if d else e: the grammar has the end as one operand.
bool BindsWeakerThanOr(const SyntaxNode& node) {
  return node.Is("conditional_expression") || node.Is("boolean_operator") ||
         node.Is("comparison_operator") || node.Is("not_operator") || node.Is("lambda") ||
         node.Is("named_expression");
}

}  // namespace

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

// A[b] | C | D is A[b] | (C | D) to the grammar, which takes the end for an expression.
ExprPtr TreeReader::ReadUnionType(const SyntaxNode& node) {
  const SyntaxNodes operands = UnionOperands(node);
  const Level level(depth_, static_cast<int>(operands.size()));
  if (TooDeep(node) || operands.empty()) return FailExpr(node, "this is no type");
  ExprPtr whole;
  for (const SyntaxNode& operand : operands) {
    if (BindsWeakerThanOr(operand)) return MakeExpr(node, UnsupportedExpr{"such an annotation"});
    ExprPtr next = ReadExpr(operand);
    whole = whole == nullptr
                ? std::move(next)
                : MakeExpr(node, Binary{BinaryOperator::kBitOr, std::move(whole), std::move(next)});
  }
  return whole;
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
