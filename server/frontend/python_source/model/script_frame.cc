#include "server/frontend/python_source/model/script_frame.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/configurations.h"
#include "server/frontend/python_source/interpreter/bound_names.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/interpreter/unknown.h"
#include "server/frontend/python_source/syntax/children.h"

namespace sconce::python {
namespace {

constexpr int kDeepest = 8;
constexpr int kMostFrames = 2000;

bool IsBefore(const Position& a, const Position& b) {
  return a.line != b.line ? a.line < b.line : a.column < b.column;
}

absl::Status Unsaid(const std::string& name, const char* why) {
  return absl::FailedPreconditionError(absl::StrFormat("%s %s", name, why));
}

absl::Status OnlyARunSays(const std::string& name) {
  return Unsaid(name, "is known only while the script runs");
}

absl::Status TooMuch() {
  return absl::ResourceExhaustedError("too much of the script would have to be followed");
}

// What a script calls the object that it also keeps in its checkpoints.
bool IsNameOfArguments(const std::string& name) {
  const std::string lower = absl::AsciiStrToLower(name);
  for (const char* known : {"args", "opt", "opts", "options", "config", "cfg", "conf", "hparams",
                            "hps", "params", "flags", "model_args", "configuration"}) {
    if (lower == known) return true;
  }
  return false;
}

// How often statements of the block, however deep, bind self.attribute.
size_t CountBindings(const Block& block, const std::string& self, const std::string& attribute) {
  if (StackGuard::IsLow()) return 2;
  const auto is_it = [&](const Expr& target) {
    const auto* part = std::get_if<Attribute>(&target.node);
    const auto* object = part == nullptr ? nullptr : std::get_if<Name>(&part->value->node);
    return object != nullptr && object->id == self && part->name == attribute;
  };
  size_t count = 0;
  for (const StmtPtr& stmt : block) {
    if (const auto* assign = std::get_if<Assign>(&stmt->node)) {
      for (const ExprPtr& target : assign->targets) {
        count += is_it(*target) ? 1 : 0;
        for (const Expr* part : ChildrenOf(*target)) count += is_it(*part) ? 2 : 0;  // a tuple
      }
    } else if (const auto* augmented = std::get_if<AugmentedAssign>(&stmt->node)) {
      count += is_it(*augmented->target) ? 2 : 0;
    }
    for (const Block* inner : BlocksOf(*stmt)) count += CountBindings(*inner, self, attribute);
  }
  return count;
}

}  // namespace

ScriptFrame::ScriptFrame(ScriptReading& reading, std::shared_ptr<const CodeHome> home, int depth)
    : reading_(reading), home_(std::move(home)), depth_(depth), scope_(std::make_shared<Scope>()) {
  ++reading_.frames;
  scope_->names = std::make_shared<Table>();
  scope_->module = home_->source;
  if (home_->function == nullptr || reading_.frames > kMostFrames || depth_ > kDeepest) return;
  if (home_->outer != nullptr && home_->outer->function != nullptr) {
    outer_ = std::make_unique<ScriptFrame>(reading_, home_->outer, depth_ + 1);
    scope_->outer = outer_->scope_;
  }
  Collect(home_->function->body, {});
}

void ScriptFrame::LeaveUnsaid(const Stmt& stmt) {
  for (const std::string& name : BoundNames(stmt)) unsaid_.insert(name);
  for (const std::string& name : ChangedNames(stmt)) unsaid_.insert(name);
}

void ScriptFrame::Collect(const Block& block, const Guards& guards) {
  if (StackGuard::IsLow()) return;
  for (const StmtPtr& stmt : block) {
    if (const auto* branch = std::get_if<If>(&stmt->node)) {
      Guards inner = guards;
      inner.emplace_back(branch->test.get(), true);
      Collect(branch->then, inner);
      inner.back().second = false;
      Collect(branch->otherwise, inner);
    } else if (const auto* tried = std::get_if<Try>(&stmt->node)) {
      Collect(tried->body, guards);
      for (const ExceptHandler& handler : tried->handlers) {
        for (const StmtPtr& handled : handler.body) LeaveUnsaid(*handled);
      }
      Collect(tried->otherwise, guards);
      Collect(tried->finally, guards);
    } else if (const auto* with = std::get_if<With>(&stmt->node)) {
      for (const WithItem& item : with->items) {
        const auto* name = item.target == nullptr ? nullptr : std::get_if<Name>(&item.target->node);
        if (name != nullptr) unsaid_.insert(name->id);
      }
      Collect(with->body, guards);
    } else if (std::holds_alternative<For>(stmt->node) ||
               std::holds_alternative<While>(stmt->node)) {
      LeaveUnsaid(*stmt);
    } else {
      CollectSimple(*stmt, guards);
    }
  }
}

void ScriptFrame::CollectSimple(const Stmt& stmt, const Guards& guards) {
  std::vector<std::string> names = BoundNames(stmt);
  const std::vector<std::string> changed = ChangedNames(stmt);
  names.insert(names.end(), changed.begin(), changed.end());
  for (const std::string& name : names) {
    if (SelfName() != nullptr && name == *SelfName()) continue;
    auto& binders = binders_of_[name];
    if (binders.empty() || binders.back() != binders_.size()) binders.push_back(binders_.size());
  }
  binders_.push_back({&stmt, guards});
}

absl::StatusOr<Value> ScriptFrame::Evaluate(const Expr& expr) {
  if (StackGuard::IsLow() || depth_ > kDeepest || reading_.frames > kMostFrames) return TooMuch();
  std::set<size_t> needed;
  SCONCE_RETURN_IF_ERROR(Gather(expr, expr.at, needed));
  for (const size_t i : needed) SCONCE_RETURN_IF_ERROR(RunBinder(i));
  SCONCE_RETURN_IF_ERROR(CheckProvided(expr));
  return reading_.interpreter.Evaluate(expr, *scope_);
}

absl::Status ScriptFrame::Gather(const Expr& expr, const Position& before,
                                 std::set<size_t>& needed) {
  if (StackGuard::IsLow()) return TooMuch();
  const auto* attribute = std::get_if<Attribute>(&expr.node);
  const auto* object = attribute == nullptr ? nullptr : std::get_if<Name>(&attribute->value->node);
  if (object != nullptr && SelfName() != nullptr && object->id == *SelfName()) {
    return ProvideSelf(attribute->name);
  }
  if (const auto* name = std::get_if<Name>(&expr.node)) return GatherName(name->id, before, needed);
  for (const Expr* child : ChildrenOf(expr)) {
    SCONCE_RETURN_IF_ERROR(Gather(*child, before, needed));
  }
  return absl::OkStatus();
}

absl::Status ScriptFrame::GatherName(const std::string& name, const Position& before,
                                     std::set<size_t>& needed) {
  const auto& hidden = home_->unsaid;
  if (std::find(hidden.begin(), hidden.end(), name) != hidden.end()) return OnlyARunSays(name);
  if (ProvideStored(name)) return absl::OkStatus();
  if (home_->function == nullptr) {
    // The file knows its own names, as they are at its end.
    return home_->source->BindsBehind(name, before) ? OnlyARunSays(name) : absl::OkStatus();
  }
  if (SelfName() != nullptr && name == *SelfName()) return ProvideSelf("");
  if (unsaid_.count(name) != 0) return OnlyARunSays(name);
  const auto known = binders_of_.find(name);
  if (const Parameter* parameter = FindParameter(name)) {
    const absl::Status given = ProvideArgument(*parameter);
    if (!given.ok() && known == binders_of_.end()) return given;
  } else if (known == binders_of_.end()) {
    return outer_ == nullptr ? absl::OkStatus() : ProvideFromOuter(name);
  }
  if (known == binders_of_.end()) return absl::OkStatus();
  for (const size_t i : known->second) {
    if (!IsBefore(binders_[i].stmt->at, before)) break;
    if (!needed.insert(i).second) continue;
    for (const Expr* part : ChildrenOf(*binders_[i].stmt)) {
      SCONCE_RETURN_IF_ERROR(Gather(*part, binders_[i].stmt->at, needed));
    }
    for (const auto& [test, holds] : binders_[i].guards) {
      SCONCE_RETURN_IF_ERROR(Gather(*test, binders_[i].stmt->at, needed));
    }
  }
  return absl::OkStatus();
}

absl::Status ScriptFrame::RunBinder(size_t i) {
  const auto known = has_run_.find(i);
  if (known != has_run_.end()) return known->second;
  const Binder& binder = binders_[i];
  Interpreter& interpreter = reading_.interpreter;
  const auto run = [&]() -> absl::Status {
    for (const auto& [test, holds] : binder.guards) {
      SCONCE_RETURN_IF_ERROR(CheckProvided(*test));
      SCONCE_ASSIGN_OR_RETURN(const Value value, interpreter.Evaluate(*test, *scope_));
      SCONCE_ASSIGN_OR_RETURN(const bool truth,
                              interpreter.KnownTruth(value, "a script's condition"));
      if (truth != holds) return absl::OkStatus();
    }
    const bool is_assignment = std::holds_alternative<Assign>(binder.stmt->node);
    if (is_assignment) {
      SCONCE_RETURN_IF_ERROR(CheckProvided(*std::get<Assign>(binder.stmt->node).value));
    }
    return interpreter.Execute(*binder.stmt, *scope_);
  };
  return has_run_.emplace(i, run()).first->second;
}

// A name that the function binds is never the file's.
absl::Status ScriptFrame::CheckProvided(const Expr& expr) const {
  if (StackGuard::IsLow()) return TooMuch();
  if (const auto* name = std::get_if<Name>(&expr.node)) {
    const bool is_local = binders_of_.count(name->id) != 0 || FindParameter(name->id) != nullptr;
    const bool lacks = is_local && scope_->names->Get(name->id) == nullptr;
    return lacks ? OnlyARunSays(name->id) : absl::OkStatus();
  }
  for (const Expr* child : ChildrenOf(expr)) SCONCE_RETURN_IF_ERROR(CheckProvided(*child));
  return absl::OkStatus();
}

// args, config: the script kept them beside the weights.
bool ScriptFrame::ProvideStored(const std::string& name) {
  if (reading_.stored == nullptr || !IsNameOfArguments(name)) return false;
  auto found = reading_.stored->FindWhole(name, /*any_name=*/true, 0);
  if (!found.ok() || !found->has_value()) return false;
  Value& value = (*found)->value;
  const auto* dict = std::get_if<Dict>(&value);
  if (dict != nullptr) value = AttributeDictOf(reading_.interpreter.library(), dict->table);
  scope_->names->Put(name, std::move(value));
  reading_.used_stored = true;
  return true;
}

// Of the function around this one, as long as nothing there binds it behind this definition.
absl::Status ScriptFrame::ProvideFromOuter(const std::string& name) {
  if (home_->function->body.empty()) return absl::OkStatus();
  const Position& here = home_->function->body.front()->at;
  const auto known = outer_->binders_of_.find(name);
  if (known != outer_->binders_of_.end() &&
      IsBefore(here, outer_->binders_[known->second.back()].stmt->at)) {
    return OnlyARunSays(name);
  }
  std::set<size_t> needed;
  SCONCE_RETURN_IF_ERROR(outer_->GatherName(name, here, needed));
  for (const size_t i : needed) SCONCE_RETURN_IF_ERROR(outer_->RunBinder(i));
  const bool is_local = known != outer_->binders_of_.end();
  return is_local && outer_->scope_->names->Get(name) == nullptr ? OnlyARunSays(name)
                                                                 : absl::OkStatus();
}

const Parameter* ScriptFrame::FindParameter(const std::string& name) const {
  if (home_->function == nullptr) return nullptr;
  const auto& parameters = home_->function->parameters;
  const auto found = std::find_if(parameters.begin(), parameters.end(),
                                  [&](const Parameter& each) { return each.name == name; });
  return found == parameters.end() ? nullptr : &*found;
}

// All who call the function have to agree. One that nobody calls has its defaults.
absl::Status ScriptFrame::ProvideArgument(const Parameter& parameter) {
  const std::string& name = parameter.name;
  if (scope_->names->Get(name) != nullptr) return absl::OkStatus();
  const FunctionDef& function = *home_->function;
  if (!function.decorators.empty()) return OnlyARunSays(name);
  const bool is_init = home_->type != nullptr && function.name == "__init__";
  std::optional<Value> said;
  bool left_out = false;
  for (const ScriptCall* call : reading_.calls.Of(is_init ? home_->type->name : function.name)) {
    if (call->home->function == home_->function) continue;  // of itself
    if (reading_.frames > kMostFrames) return TooMuch();
    if (!IsCallOfThis(*call)) return Unsaid(name, "is given by a call that is not followed");
    auto value = ArgumentOf(*call, parameter);
    if (!value.ok() && absl::IsNotFound(value.status())) {
      left_out = true;
      continue;
    }
    SCONCE_RETURN_IF_ERROR(value.status());
    // Of a command line the parts are known that have defaults.
    const Unknown* unknown = ObjectOf<Unknown>(*value);
    if (unknown == nullptr || unknown->assumed == nullptr) {
      SCONCE_RETURN_IF_ERROR(CheckKnown(*value));
    }
    if (said.has_value() && !IsSame(*said, *value)) {
      return Unsaid(name, "has different values in different calls");
    }
    said = *std::move(value);
  }
  if (said.has_value() && left_out) return Unsaid(name, "has different values in different calls");
  if (!said.has_value()) {
    if (parameter.default_value == nullptr) {
      return Unsaid(name, "is an argument, and nobody calls its function");
    }
    const auto top = std::make_shared<CodeHome>();
    top->source = home_->source;
    ScriptFrame around(reading_, top, depth_ + 1);
    SCONCE_ASSIGN_OR_RETURN(said, around.Evaluate(*parameter.default_value));
  }
  scope_->names->Put(name, *std::move(said));
  return absl::OkStatus();
}

// train(…) of a function, Trainer(…) of a constructor, self.build(…) of a method of the same class.
bool ScriptFrame::IsCallOfThis(const ScriptCall& call) const {
  const auto* attribute = std::get_if<Attribute>(&call.call->function->node);
  if (home_->type == nullptr || home_->function->name == "__init__") return attribute == nullptr;
  const auto* object = attribute == nullptr ? nullptr : std::get_if<Name>(&attribute->value->node);
  return object != nullptr && object->id == "self" && call.home->type == home_->type;
}

// NOT_FOUND: the call leaves it out.
absl::StatusOr<Value> ScriptFrame::ArgumentOf(const ScriptCall& call, const Parameter& parameter) {
  ScriptFrame caller(reading_, call.home, depth_ + 1);
  for (const Keyword& keyword : call.call->keywords) {
    if (keyword.name == parameter.name) return caller.Evaluate(*keyword.value);
    if (!keyword.name.empty()) continue;
    SCONCE_ASSIGN_OR_RETURN(const Value all, caller.Evaluate(*keyword.value));
    const Table* table = DataOf(all);
    if (table == nullptr) return OnlyARunSays(parameter.name);
    if (const Value* entry = table->Get(parameter.name)) return *entry;
  }
  const auto& parameters = home_->function->parameters;
  size_t at = SelfName() == nullptr ? 0 : 1;
  for (const ExprPtr& argument : call.call->arguments) {
    const bool is_plain =
        at < parameters.size() && (parameters[at].kind == ParameterKind::kPositionalOnly ||
                                   parameters[at].kind == ParameterKind::kPositionalOrKeyword);
    if (std::holds_alternative<Starred>(argument->node)) return OnlyARunSays(parameter.name);
    if (!is_plain) break;
    if (&parameters[at++] == &parameter) return caller.Evaluate(*argument);
  }
  return absl::NotFoundError(parameter.name);
}

const std::string* ScriptFrame::SelfName() const {
  const FunctionDef* function = home_->function;
  const bool is_method =
      function != nullptr && home_->type != nullptr && function->decorators.empty();
  return is_method && !function->parameters.empty() ? &function->parameters[0].name : nullptr;
}

// The object itself, and its attribute, if just one statement of its class sets that.
absl::Status ScriptFrame::ProvideSelf(const std::string& attribute) {
  auto known = reading_.selves.find(home_->type);
  if (known == reading_.selves.end()) {
    SCONCE_ASSIGN_OR_RETURN(const auto type,
                            home_->source->Lookup(reading_.interpreter, home_->type->name));
    const auto* found = type.has_value() ? std::get_if<std::shared_ptr<Class>>(&*type) : nullptr;
    const auto plain = reading_.interpreter.library().object_class();
    const Value self = NewInstance(found == nullptr ? plain : *found);
    known = reading_.selves.emplace(home_->type, self).first;
  }
  const Value self = known->second;
  scope_->names->Put(*SelfName(), self);
  const auto held = ObjectOf<Instance>(self)->attributes;
  if (attribute.empty() || held->Get(attribute) != nullptr) return absl::OkStatus();
  size_t bindings = 0;
  const FunctionDef* setter = nullptr;
  for (const StmtPtr& stmt : home_->type->body) {
    const auto* method = std::get_if<FunctionDef>(&stmt->node);
    if (method == nullptr || method->parameters.empty()) continue;
    const size_t here = CountBindings(method->body, method->parameters[0].name, attribute);
    if (here > 0) setter = method;
    bindings += here;
  }
  if (bindings == 0) return absl::OkStatus();  // of the class, or of a base
  if (bindings > 1) return OnlyARunSays("self." + attribute);
  auto home = std::make_shared<CodeHome>(*home_);
  home->function = setter;
  ScriptFrame frame(reading_, std::move(home), depth_ + 1);
  if (frame.SelfName() == nullptr) return OnlyARunSays("self." + attribute);
  for (const Binder& binder : frame.binders_) {
    const auto* assign = std::get_if<Assign>(&binder.stmt->node);
    const auto* target =
        assign == nullptr ? nullptr : std::get_if<Attribute>(&assign->targets[0]->node);
    const auto* object = target == nullptr ? nullptr : std::get_if<Name>(&target->value->node);
    const bool sets = object != nullptr && object->id == *frame.SelfName() &&
                      target->name == attribute && binder.guards.empty();
    if (!sets) continue;
    SCONCE_ASSIGN_OR_RETURN(Value value, frame.Evaluate(*assign->value));
    held->Put(attribute, std::move(value));
    return absl::OkStatus();
  }
  return OnlyARunSays("self." + attribute);
}

}  // namespace sconce::python
