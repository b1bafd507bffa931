#include "server/frontend/python_source/interpreter/bound_names.h"

namespace sconce::python {
namespace {

class Collector {
 public:
  void Visit(const Block& block) {
    for (const StmtPtr& stmt : block) Visit(*stmt);
  }
  void Visit(const Stmt& stmt) {
    std::visit([this](const auto& node) { Node(node); }, stmt.node);
  }

  std::vector<std::string> names;

 private:
  void Target(const Expr& target) {
    if (const auto* name = std::get_if<Name>(&target.node)) names.push_back(name->id);
    if (const auto* tuple = std::get_if<TupleDisplay>(&target.node)) Targets(tuple->elements);
    if (const auto* list = std::get_if<ListDisplay>(&target.node)) Targets(list->elements);
    if (const auto* starred = std::get_if<Starred>(&target.node)) Target(*starred->value);
    // x.y = …, x[i] = …: changes what the name stands for.
    if (const auto* attribute = std::get_if<Attribute>(&target.node)) Target(*attribute->value);
    if (const auto* item = std::get_if<Subscript>(&target.node)) Target(*item->value);
  }
  void Targets(const std::vector<ExprPtr>& targets) {
    for (const ExprPtr& target : targets) Target(*target);
  }

  void Node(const Assign& node) { Targets(node.targets); }
  void Node(const AnnotatedAssign& node) {
    if (node.value != nullptr) Target(*node.target);
  }
  void Node(const AugmentedAssign& node) { Target(*node.target); }
  void Node(const If& node) {
    Visit(node.then);
    Visit(node.otherwise);
  }
  void Node(const For& node) {
    Target(*node.target);
    Visit(node.body);
    Visit(node.otherwise);
  }
  void Node(const While& node) {
    Visit(node.body);
    Visit(node.otherwise);
  }
  void Node(const Try& node) {
    Visit(node.body);
    for (const ExceptHandler& handler : node.handlers) Visit(handler.body);
    Visit(node.otherwise);
    Visit(node.finally);
  }
  void Node(const With& node) {
    for (const WithItem& item : node.items) {
      if (item.target != nullptr) Target(*item.target);
    }
    Visit(node.body);
  }
  void Node(const FunctionDef& node) { names.push_back(node.name); }
  void Node(const ClassDef& node) { names.push_back(node.name); }
  void Node(const Import& node) {
    for (const ImportedName& name : node.names) {
      names.push_back(name.alias.empty() ? name.name.substr(0, name.name.find('.')) : name.alias);
    }
  }
  void Node(const ImportFrom& node) {
    for (const ImportedName& name : node.names) {
      names.push_back(name.alias.empty() ? name.name : name.alias);
    }
  }
  template <typename T>
  void Node(const T&) {}
};

}  // namespace

std::vector<std::string> BoundNames(const Stmt& stmt) {
  Collector collector;
  collector.Visit(stmt);
  return std::move(collector.names);
}

}  // namespace sconce::python
