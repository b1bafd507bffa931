#include "server/frontend/python_source/interpreter/bound_names.h"

#include <algorithm>
#include <initializer_list>

namespace sconce::python {
namespace {

// What a.b[c].d().e stands within: a. Null: of something without a name.
const Name* RootOf(const Expr* expr) {
  for (;;) {
    if (const auto* attribute = std::get_if<Attribute>(&expr->node)) {
      expr = attribute->value.get();
    } else if (const auto* item = std::get_if<Subscript>(&expr->node)) {
      expr = item->value.get();
    } else if (const auto* call = std::get_if<sconce::python::Call>(&expr->node)) {
      expr = call->function.get();
    } else {
      return std::get_if<Name>(&expr->node);
    }
  }
}

// The object whose method is called; null: this is no such call.
const Name* CalledOn(const Expr& expr) {
  const auto* call = std::get_if<sconce::python::Call>(&expr.node);
  const bool is_method = call != nullptr && std::holds_alternative<Attribute>(call->function->node);
  return is_method ? RootOf(call->function.get()) : nullptr;
}

// setattr(x, name, value): x.
const Name* SetIn(const Expr& expr) {
  const auto* call = std::get_if<sconce::python::Call>(&expr.node);
  const auto* function = call == nullptr ? nullptr : std::get_if<Name>(&call->function->node);
  const bool sets = function != nullptr && function->id == "setattr" && !call->arguments.empty();
  return sets ? RootOf(call->arguments[0].get()) : nullptr;
}

class Collector {
 public:
  void Visit(const Block& block) {
    for (const StmtPtr& stmt : block) Visit(*stmt);
  }
  void Visit(const Stmt& stmt) {
    std::visit([this](const auto& node) { Node(node); }, stmt.node);
  }

  std::vector<std::string> names;
  std::vector<std::string> changed;

 private:
  int loops_ = 0;

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

  void Node(const ExprStmt& node) {
    if (const Name* name = CalledOn(*node.value)) changed.push_back(name->id);
    if (const Name* name = SetIn(*node.value)) changed.push_back(name->id);
  }
  void Node(const Assign& node) {
    if (loops_ == 0 || !IsOfItself(node)) Targets(node.targets);
  }
  void Node(const AnnotatedAssign& node) {
    if (node.value != nullptr) Target(*node.target);
  }
  void Node(const AugmentedAssign& node) { Target(*node.target); }
  void Node(const If& node) {
    Visit(node.then);
    Visit(node.otherwise);
  }
  void Node(const For& node) {
    // for layer in model.modules(): layer.eps = 0.1
    if (const Name* name = CalledOn(*node.iterable)) changed.push_back(name->id);
    Target(*node.target);
    Turns(node.body);
    Visit(node.otherwise);
  }
  void Node(const While& node) {
    Turns(node.body);
    Visit(node.otherwise);
  }
  void Turns(const Block& body) {
    ++loops_;
    Visit(body);
    --loops_;
  }
  // model = model.train(): in a loop it binds nothing new.
  static bool IsOfItself(const Assign& node) {
    const Name* object = CalledOn(*node.value);
    const auto* target = std::get_if<Name>(&node.targets[0]->node);
    return object != nullptr && target != nullptr && node.targets.size() == 1 &&
           object->id == target->id;
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

std::vector<std::string> ChangedNames(const Stmt& stmt) {
  Collector collector;
  collector.Visit(stmt);
  return std::move(collector.changed);
}

namespace {

bool IsOneOf(const std::string& name, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(), [&](const char* each) { return name == each; });
}

// The method of name.method(…); null: it is no such call.
const std::string* MethodCalledOn(const Expr& expr, const std::string& name) {
  const auto* call = std::get_if<sconce::python::Call>(&expr.node);
  const auto* method = call == nullptr ? nullptr : std::get_if<Attribute>(&call->function->node);
  const auto* object = method == nullptr ? nullptr : std::get_if<Name>(&method->value->node);
  return object != nullptr && object->id == name ? &method->name : nullptr;
}

}  // namespace

bool ChangesMakeUp(const Stmt& stmt, const std::string& name) {
  if (const auto* loop = std::get_if<For>(&stmt.node)) {
    const std::string* method = MethodCalledOn(*loop->iterable, name);
    return method != nullptr &&
           IsOneOf(*method, {"modules", "children", "named_modules", "named_children"});
  }
  const auto* expression = std::get_if<ExprStmt>(&stmt.node);
  if (expression == nullptr) return false;
  if (const Name* set = SetIn(*expression->value)) return set->id == name;
  const std::string* method = MethodCalledOn(*expression->value, name);
  return method != nullptr &&
         IsOneOf(*method, {"double", "half", "bfloat16", "float", "add_module", "register_module",
                           "append", "extend", "insert", "apply"});
}

namespace {

void AddChangedNames(const sconce::python::Block& block, std::vector<std::string>& names) {
  for (const StmtPtr& stmt : block) {
    Collector collector;
    collector.Visit(*stmt);
    for (auto* found : {&collector.names, &collector.changed}) {
      names.insert(names.end(), found->begin(), found->end());
    }
    if (const auto* inner = std::get_if<FunctionDef>(&stmt->node)) {
      AddChangedNames(inner->body, names);
    }
  }
}

}  // namespace

std::vector<std::string> DecoratorNames(const Stmt& stmt) {
  const auto* function = std::get_if<FunctionDef>(&stmt.node);
  const auto* type = std::get_if<ClassDef>(&stmt.node);
  std::vector<std::string> names;
  if (function == nullptr && type == nullptr) return names;
  for (const ExprPtr& decorator : function != nullptr ? function->decorators : type->decorators) {
    if (const Name* name = RootOf(decorator.get())) names.push_back(name->id);
  }
  return names;
}

std::vector<std::string> NamesChangedBy(const FunctionDef& function) {
  std::vector<std::string> names;
  AddChangedNames(function.body, names);
  return names;
}

const std::string* PartOf(const Stmt& stmt) {
  const auto* assign = std::get_if<Assign>(&stmt.node);
  const Name* whole = assign == nullptr ? nullptr : CalledOn(*assign->value);
  return whole == nullptr ? nullptr : &whole->id;
}

}  // namespace sconce::python
