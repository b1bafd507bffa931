#include <algorithm>
#include <optional>
#include <utility>

#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {
namespace {

// The "as" at the end of an item of a with statement.
std::optional<SyntaxNode> FindAs(SyntaxNode node) {
  while (node.Is("conditional_expression") || node.Is("lambda")) {
    const SyntaxNodes parts = node.NamedChildren();
    if (parts.empty()) break;
    node = SyntaxNode(parts.back());
  }
  if (node.Is("as_pattern")) return node;
  return std::nullopt;
}

}  // namespace

StmtPtr TreeReader::ReadIf(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  If made;
  made.test = FieldExpr(children, "condition", node);
  made.then = ReadBlock(Field(children, "consequence", node));
  SyntaxNodes alternatives;
  for (const SyntaxNode& child : children) {
    if (child.field() == "alternative") alternatives.push_back(child);
  }
  made.otherwise = ReadAlternatives(alternatives, 0);
  return MakeStmt(node, std::move(made));
}

// From the elif or else with this number on.
Block TreeReader::ReadAlternatives(const SyntaxNodes& alternatives, size_t from) {
  Block block;
  if (from == alternatives.size()) return block;
  const SyntaxNode& node = alternatives[from];
  const Level level(depth_);
  if (TooDeep(node)) return block;
  const SyntaxNodes children = node.Children();
  if (node.Is("else_clause")) return ReadBlock(Field(children, "body", node));
  If made;
  made.test = FieldExpr(children, "condition", node);
  made.then = ReadBlock(Field(children, "consequence", node));
  made.otherwise = ReadAlternatives(alternatives, from + 1);
  block.push_back(MakeStmt(node, std::move(made)));
  return block;
}

Block TreeReader::ReadElse(const SyntaxNodes& children) {
  const SyntaxNode* clause = FindType(children, "else_clause");
  if (clause == nullptr) return {};
  return ReadBlock(Field(clause->Children(), "body", *clause));
}

StmtPtr TreeReader::ReadFor(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  if (children[0].Is("async")) return MakeStmt(node, UnsupportedStmt{"async for"});
  For made;
  made.target = ReadTarget(Field(children, "left", node));
  made.iterable = FieldExpr(children, "right", node);
  made.body = ReadBlock(Field(children, "body", node));
  made.otherwise = ReadElse(children);
  return MakeStmt(node, std::move(made));
}

StmtPtr TreeReader::ReadWhile(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  While made;
  made.test = FieldExpr(children, "condition", node);
  made.body = ReadBlock(Field(children, "body", node));
  made.otherwise = ReadElse(children);
  return MakeStmt(node, std::move(made));
}

StmtPtr TreeReader::ReadTry(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  if (FindType(children, "except_group_clause") != nullptr) {
    return MakeStmt(node, UnsupportedStmt{"except*"});
  }
  // "except *" with a space is an "except" of something with a star to the grammar.
  for (const SyntaxNode& child : children) {
    const SyntaxNodes parts = child.Children();
    const SyntaxNode* value = child.Is("except_clause") ? FindField(parts, "value") : nullptr;
    if (value != nullptr && value->text().starts_with('*')) {
      return MakeStmt(node, UnsupportedStmt{"except*"});
    }
  }
  Try made;
  made.body = ReadBlock(Field(children, "body", node));
  for (const SyntaxNode& child : children) {
    if (child.Is("except_clause")) {
      made.handlers.push_back(ReadHandler(child));
    } else if (child.Is("finally_clause")) {
      const SyntaxNodes parts = child.NamedChildren();
      if (!parts.empty()) made.finally = ReadBlock(parts.back());
    }
  }
  made.otherwise = ReadElse(children);
  return MakeStmt(node, std::move(made));
}

ExceptHandler TreeReader::ReadHandler(const SyntaxNode& node) {
  ExceptHandler handler;
  const SyntaxNodes children = node.Children();
  if (FindType(children, ",") != nullptr) {
    Fail(node.position(), "this is Python 2; Python 3 has: except Error as name");
  }
  if (const SyntaxNode* value = FindField(children, "value"); value != nullptr) {
    SyntaxNodes parts = children;
    if (value->Is("as_pattern")) {
      parts = value->Children();
      handler.type =
          parts.empty() ? FailExpr(*value, "an exception is missing") : ReadExpr(parts[0]);
    } else {
      handler.type = ReadExpr(*value);
    }
    if (const SyntaxNode* alias = FindField(parts, "alias"); alias != nullptr) {
      const SyntaxNodes inner = alias->NamedChildren();
      handler.name = Identifier(inner.empty() ? *alias : inner[0]);
    }
  }
  const SyntaxNode* body = FindType(children, "block");
  if (body == nullptr) {
    Fail(node.position(), "an indented block is expected here");
  } else {
    handler.body = ReadBlock(*body);
  }
  return handler;
}

StmtPtr TreeReader::ReadWith(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  if (children[0].Is("async")) return MakeStmt(node, UnsupportedStmt{"async with"});
  With made;
  if (const SyntaxNode* clause = FindType(children, "with_clause"); clause != nullptr) {
    const SyntaxNodes items = clause->NamedChildren();
    for (const SyntaxNode& item : items) {
      const SyntaxNodes parts = item.NamedChildren();
      ReadWithItem(parts.empty() ? item : parts[0], items.size() == 1, made.items);
    }
  }
  made.body = ReadBlock(Field(children, "body", node));
  return MakeStmt(node, std::move(made));
}

// with (a as b, c): parentheses around all the items. The grammar may see an expression in them.
void TreeReader::ReadWithItem(const SyntaxNode& node, bool alone, std::vector<WithItem>& items) {
  if (alone && (node.Is("tuple") || node.Is("parenthesized_expression"))) {
    const Level level(nesting_);
    const SyntaxNodes inner = node.NamedChildren();
    const bool has_as = std::any_of(inner.begin(), inner.end(), [](const SyntaxNode& item) {
      return FindAs(item).has_value();
    });
    const bool starred = FindType(inner, "list_splat") != nullptr;
    if (has_as || (node.Is("tuple") && !inner.empty() && !starred)) {
      for (const SyntaxNode& item : inner) ReadWithItem(item, false, items);
      return;
    }
  }
  const std::optional<SyntaxNode> as = FindAs(node);
  if (!as) {
    items.push_back({ReadExpr(node), nullptr});
    return;
  }
  const SyntaxNodes parts = as->NamedChildren();
  if (parts.size() != 2) return Fail(node.position(), "a name is missing behind \"as\"");
  const size_t outer = std::exchange(as_end_, as->end());
  ExprPtr context = ReadExpr(node);
  as_end_ = outer;
  items.push_back({std::move(context), ReadTarget(parts[1])});
}

}  // namespace sconce::python
