#include "server/frontend/python_source/syntax/children.h"

#include <variant>

namespace sconce::python {
namespace {

class ExprChildren {
 public:
  std::vector<const Expr*> found;

  void operator()(const FormattedValue& node) {
    Add(node.value);
    Add(node.format);
  }
  void operator()(const FormattedString& node) { Add(node.parts); }
  void operator()(const Attribute& node) { Add(node.value); }
  void operator()(const Subscript& node) {
    Add(node.value);
    Add(node.index);
  }
  void operator()(const Slice& node) {
    Add(node.lower);
    Add(node.upper);
    Add(node.step);
  }
  void operator()(const Starred& node) { Add(node.value); }
  void operator()(const Call& node) {
    Add(node.function);
    Add(node.arguments);
    Add(node.keywords);
  }
  void operator()(const Unary& node) { Add(node.operand); }
  void operator()(const Binary& node) {
    Add(node.left);
    Add(node.right);
  }
  void operator()(const BoolOperation& node) { Add(node.operands); }
  void operator()(const Compare& node) { Add(node.operands); }
  void operator()(const Conditional& node) {
    Add(node.then);
    Add(node.test);
    Add(node.otherwise);
  }
  void operator()(const TupleDisplay& node) { Add(node.elements); }
  void operator()(const ListDisplay& node) { Add(node.elements); }
  void operator()(const SetDisplay& node) { Add(node.elements); }
  void operator()(const DictDisplay& node) {
    for (const DictEntry& entry : node.entries) {
      Add(entry.key);
      Add(entry.value);
    }
  }
  void operator()(const Comprehension& node) {
    Add(node.element);
    Add(node.value);
    for (const ComprehensionClause& clause : node.clauses) {
      Add(clause.target);
      Add(clause.iterable);
      Add(clause.conditions);
    }
  }
  void operator()(const NamedExpr& node) { Add(node.value); }
  void operator()(const Lambda& node) {
    Add(node.parameters);
    Add(node.body);
  }
  void operator()(const Yield& node) { Add(node.value); }

  void operator()(const ExprStmt& node) { Add(node.value); }
  void operator()(const Assign& node) {
    Add(node.targets);
    Add(node.value);
  }
  void operator()(const AnnotatedAssign& node) {
    Add(node.target);
    Add(node.value);
  }
  void operator()(const AugmentedAssign& node) {
    Add(node.target);
    Add(node.value);
  }
  void operator()(const Return& node) { Add(node.value); }
  void operator()(const If& node) { Add(node.test); }
  void operator()(const For& node) {
    Add(node.target);
    Add(node.iterable);
  }
  void operator()(const While& node) { Add(node.test); }
  void operator()(const Assert& node) {
    Add(node.test);
    Add(node.message);
  }
  void operator()(const Raise& node) {
    Add(node.exception);
    Add(node.cause);
  }
  void operator()(const Try& node) {
    for (const ExceptHandler& handler : node.handlers) Add(handler.type);
  }
  void operator()(const With& node) {
    for (const WithItem& item : node.items) {
      Add(item.context);
      Add(item.target);
    }
  }
  void operator()(const FunctionDef& node) {
    Add(node.decorators);
    Add(node.parameters);
  }
  void operator()(const ClassDef& node) {
    Add(node.decorators);
    Add(node.bases);
    Add(node.keywords);
  }
  void operator()(const Delete& node) { Add(node.targets); }
  template <typename Leaf>
  void operator()(const Leaf&) {}

 private:
  void Add(const ExprPtr& expr) {
    if (expr != nullptr) found.push_back(expr.get());
  }
  void Add(const std::vector<ExprPtr>& exprs) {
    for (const ExprPtr& expr : exprs) Add(expr);
  }
  void Add(const std::vector<Keyword>& keywords) {
    for (const Keyword& keyword : keywords) Add(keyword.value);
  }
  void Add(const std::vector<Parameter>& parameters) {
    for (const Parameter& parameter : parameters) Add(parameter.default_value);
  }
};

class InnerBlocks {
 public:
  std::vector<const Block*> found;

  void operator()(const If& node) { found = {&node.then, &node.otherwise}; }
  void operator()(const For& node) { found = {&node.body, &node.otherwise}; }
  void operator()(const While& node) { found = {&node.body, &node.otherwise}; }
  void operator()(const Try& node) {
    found.push_back(&node.body);
    for (const ExceptHandler& handler : node.handlers) found.push_back(&handler.body);
    found.push_back(&node.otherwise);
    found.push_back(&node.finally);
  }
  void operator()(const With& node) { found = {&node.body}; }
  void operator()(const FunctionDef& node) { found = {&node.body}; }
  void operator()(const ClassDef& node) { found = {&node.body}; }
  template <typename Leaf>
  void operator()(const Leaf&) {}
};

}  // namespace

std::vector<const Expr*> ChildrenOf(const Expr& expr) {
  ExprChildren children;
  std::visit(children, expr.node);
  return std::move(children.found);
}

std::vector<const Expr*> ChildrenOf(const Stmt& stmt) {
  ExprChildren children;
  std::visit(children, stmt.node);
  return std::move(children.found);
}

std::vector<const Block*> BlocksOf(const Stmt& stmt) {
  InnerBlocks blocks;
  std::visit(blocks, stmt.node);
  return std::move(blocks.found);
}

}  // namespace sconce::python
