#include "server/frontend/python_source/model/script_calls.h"

#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/syntax/children.h"

namespace sconce::python {
namespace {

constexpr size_t kMostCalls = 200'000;

void AddNames(const Expr& target, std::vector<std::string>& names) {
  if (const auto* name = std::get_if<Name>(&target.node)) names.push_back(name->id);
  for (const Expr* child : ChildrenOf(target)) AddNames(*child, names);
}

std::vector<std::string> NamesBoundBy(const Expr& expr) {
  std::vector<std::string> names;
  if (const auto* loop = std::get_if<Comprehension>(&expr.node)) {
    for (const ComprehensionClause& clause : loop->clauses) AddNames(*clause.target, names);
  }
  if (const auto* lambda = std::get_if<Lambda>(&expr.node)) {
    for (const Parameter& parameter : lambda->parameters) names.push_back(parameter.name);
  }
  return names;
}

}  // namespace

const std::string* CalledName(const sconce::python::Call& call) {
  if (const auto* name = std::get_if<Name>(&call.function->node)) return &name->id;
  const auto* attribute = std::get_if<Attribute>(&call.function->node);
  return attribute == nullptr ? nullptr : &attribute->name;
}

ScriptCalls::ScriptCalls(const Library& library) {
  for (const auto& source : library.sources()) {
    const auto top = std::make_shared<CodeHome>();
    top->source = source.get();
    Walk(source->file().body, top);
  }
}

std::vector<const ScriptCall*> ScriptCalls::Of(const std::string& name) const {
  std::vector<const ScriptCall*> found;
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) return found;
  for (const size_t i : known->second) found.push_back(&calls_[i]);
  return found;
}

void ScriptCalls::Walk(const Block& block, const std::shared_ptr<const CodeHome>& home) {
  for (const StmtPtr& stmt : block) Walk(*stmt, home);
}

void ScriptCalls::Walk(const Stmt& stmt, const std::shared_ptr<const CodeHome>& home) {
  if (StackGuard::IsLow()) return;
  for (const Expr* expr : ChildrenOf(stmt)) Walk(*expr, home);
  std::shared_ptr<const CodeHome> inner = home;
  if (const auto* function = std::get_if<FunctionDef>(&stmt.node)) {
    // Within a class body `home` is the class's, with no function of its own.
    const bool is_method = home->type != nullptr && home->function == nullptr;
    inner = std::make_shared<CodeHome>(CodeHome{home->source,
                                                function,
                                                is_method ? home->type : nullptr,
                                                is_method ? home->outer : home,
                                                {}});
  }
  if (const auto* type = std::get_if<ClassDef>(&stmt.node)) {
    inner = std::make_shared<CodeHome>(CodeHome{home->source, nullptr, type, home, {}});
  }
  for (const Block* block : BlocksOf(stmt)) Walk(*block, inner);
}

void ScriptCalls::Walk(const Expr& expr, const std::shared_ptr<const CodeHome>& home) {
  if (StackGuard::IsLow()) return;
  const auto* call = std::get_if<sconce::python::Call>(&expr.node);
  if (call != nullptr && calls_.size() < kMostCalls) {
    if (const std::string* name = CalledName(*call)) by_name_[*name].push_back(calls_.size());
    calls_.push_back({call, &expr, home});
  }
  const std::vector<std::string> bound = NamesBoundBy(expr);
  std::shared_ptr<const CodeHome> inner = home;
  if (!bound.empty()) {
    auto within = std::make_shared<CodeHome>(*home);
    within->unsaid.insert(within->unsaid.end(), bound.begin(), bound.end());
    inner = std::move(within);
  }
  for (const Expr* child : ChildrenOf(expr)) Walk(*child, inner);
}

}  // namespace sconce::python
