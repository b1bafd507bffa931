#include <utility>

#include "server/frontend/python_source/syntax/operator_names.h"
#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {

// a = b = c is a = (b = c) to the grammar.
StmtPtr TreeReader::ReadAssignment(const SyntaxNode& statement, const SyntaxNode& node) {
  SyntaxNodes children = node.Children();
  if (FindField(children, "type") != nullptr) return ReadAnnotated(statement, children);
  Assign assign;
  assign.targets.push_back(ReadTarget(Field(children, "left", node)));
  SyntaxNode right = Field(children, "right", node);
  while (right.Is("assignment") && !failed()) {
    children = right.Children();
    if (FindField(children, "type") != nullptr) {
      return FailStmt(right, "a target with a type stands alone");
    }
    assign.targets.push_back(ReadTarget(Field(children, "left", right)));
    right = SyntaxNode(Field(children, "right", right));
  }
  assign.value = ReadExpr(right);
  return MakeStmt(statement, std::move(assign));
}

StmtPtr TreeReader::ReadAnnotated(const SyntaxNode& statement, const SyntaxNodes& children) {
  AnnotatedAssign assign;
  assign.target = ReadSingleTarget(Field(children, "left", statement));
  assign.annotation = FieldExpr(children, "type", statement);
  assign.value = OptionalExpr(FindField(children, "right"));
  return MakeStmt(statement, std::move(assign));
}

StmtPtr TreeReader::ReadAugmented(const SyntaxNode& statement, const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  std::string_view token = Field(children, "operator", node).type();
  token.remove_suffix(1);  // the "="
  const auto op = FindBinaryOperator(token);
  if (!op) return FailStmt(node, "this is no operator");
  ExprPtr target = ReadSingleTarget(Field(children, "left", node));
  return MakeStmt(statement,
                  AugmentedAssign{std::move(target), *op, FieldExpr(children, "right", node)});
}

ExprPtr TreeReader::ReadTarget(const SyntaxNode& node) {
  ExprPtr target = ReadElement(node);
  CheckTarget(*target);
  return target;
}

ExprPtr TreeReader::ReadSingleTarget(const SyntaxNode& node) {
  ExprPtr target = ReadExpr(node);
  CheckTarget(*target);
  if (std::holds_alternative<TupleDisplay>(target->node) ||
      std::holds_alternative<ListDisplay>(target->node)) {
    Fail(node.position(), "only a single target is possible here");
  }
  return target;
}

void TreeReader::CheckTarget(const Expr& target) {
  if (failed()) return;
  if (const auto* tuple = std::get_if<TupleDisplay>(&target.node)) {
    for (const ExprPtr& element : tuple->elements) CheckTarget(*element);
  } else if (const auto* list = std::get_if<ListDisplay>(&target.node)) {
    for (const ExprPtr& element : list->elements) CheckTarget(*element);
  } else if (const auto* starred = std::get_if<Starred>(&target.node)) {
    CheckTarget(*starred->value);
  } else if (!std::holds_alternative<Name>(target.node) &&
             !std::holds_alternative<Attribute>(target.node) &&
             !std::holds_alternative<Subscript>(target.node)) {
    Fail(target.at, "nothing can be assigned to this");
  }
}

}  // namespace sconce::python
