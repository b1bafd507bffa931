#include <utility>

#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {

StmtPtr TreeReader::ReadFunction(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  if (children[0].Is("async")) return MakeStmt(node, UnsupportedStmt{"async def"});
  if (FindField(children, "type_parameters") != nullptr) {
    return MakeStmt(node, UnsupportedStmt{"type parameters"});
  }
  FunctionDef made;
  made.name = Identifier(Field(children, "name", node));
  made.parameters = ReadParameters(FindField(children, "parameters"));
  made.returns = OptionalExpr(FindField(children, "return_type"));
  const bool outer_yields = std::exchange(yields_, false);
  made.body = ReadBlock(Field(children, "body", node));
  made.is_generator = std::exchange(yields_, outer_yields);
  return MakeStmt(node, std::move(made));
}

StmtPtr TreeReader::ReadClass(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  if (FindField(children, "type_parameters") != nullptr) {
    return MakeStmt(node, UnsupportedStmt{"type parameters"});
  }
  ClassDef made;
  made.name = Identifier(Field(children, "name", node));
  if (const SyntaxNode* bases = FindField(children, "superclasses"); bases != nullptr) {
    ReadArguments(*bases, made.bases, made.keywords);
  }
  made.body = ReadBlock(Field(children, "body", node));
  return MakeStmt(node, std::move(made));
}

StmtPtr TreeReader::ReadDecorated(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  std::vector<ExprPtr> decorators;
  for (const SyntaxNode& child : children) {
    if (child.Is("decorator")) decorators.push_back(ReadInner(child));
  }
  StmtPtr made = ReadStmt(Field(children, "definition", node));
  if (auto* function = std::get_if<FunctionDef>(&made->node)) {
    function->decorators = std::move(decorators);
  } else if (auto* type = std::get_if<ClassDef>(&made->node)) {
    type->decorators = std::move(decorators);
  }
  return made;
}

}  // namespace sconce::python
