#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/comprehension.h"
#include "server/frontend/python_source/interpreter/flow.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/keywords.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

// Puts the arguments of one call into the names of the function's scope.
class Binding {
 public:
  Binding(const Function& function, Arguments arguments, Table& names)
      : function_(function), arguments_(std::move(arguments)), names_(names) {}

  absl::Status Bind() {
    const auto& parameters = *function_.parameters;
    for (size_t i = 0; i < parameters.size(); ++i) {
      SCONCE_RETURN_IF_ERROR(BindOne(parameters[i], i));
    }
    if (next_ < arguments_.positional.size()) {
      return Error(absl::StrFormat("takes %d positional arguments but %d were given", next_,
                                   arguments_.positional.size()));
    }
    if (!arguments_.keywords.empty()) {
      return Error(absl::StrFormat("got an unexpected keyword argument '%s'",
                                   arguments_.keywords.front().first));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status BindOne(const Parameter& parameter, size_t i) {
    switch (parameter.kind) {
      case ParameterKind::kVarPositional: {
        std::vector<Value> rest(arguments_.positional.begin() + next_, arguments_.positional.end());
        next_ = arguments_.positional.size();
        names_.Put(parameter.name, TupleOf(std::move(rest)));
        return absl::OkStatus();
      }
      case ParameterKind::kVarKeyword: {
        names_.Put(parameter.name, KeywordsOf(arguments_));
        arguments_.keywords.clear();
        return absl::OkStatus();
      }
      default:
        return BindPlain(parameter, i);
    }
  }

  absl::Status BindPlain(const Parameter& parameter, size_t i) {
    const bool by_keyword = parameter.kind != ParameterKind::kPositionalOnly;
    const auto keyword = std::find_if(
        arguments_.keywords.begin(), arguments_.keywords.end(),
        [&](const auto& entry) { return by_keyword && entry.first == parameter.name; });
    if (parameter.kind != ParameterKind::kKeywordOnly && next_ < arguments_.positional.size()) {
      if (keyword != arguments_.keywords.end()) {
        return Error(absl::StrFormat("got multiple values for argument '%s'", parameter.name));
      }
      names_.Put(parameter.name, arguments_.positional[next_++]);
    } else if (keyword != arguments_.keywords.end()) {
      names_.Put(parameter.name, std::move(keyword->second));
      arguments_.keywords.erase(keyword);
    } else if (function_.has_default[i]) {
      names_.Put(parameter.name, function_.defaults[i]);
    } else {
      return Error(absl::StrFormat("missing argument: '%s'", parameter.name));
    }
    return absl::OkStatus();
  }

  absl::Status Error(const std::string& what) const {
    const auto owner = function_.owner.lock();
    return Raised("TypeError",
                  absl::StrFormat("%s%s() %s", owner == nullptr ? "" : owner->name + ".",
                                  function_.name, what));
  }

  const Function& function_;
  Arguments arguments_;
  Table& names_;
  size_t next_ = 0;
};

}  // namespace

absl::Status Interpreter::FillDefaults(Function& function, Scope& scope) {
  for (const Parameter& parameter : *function.parameters) {
    Value value;
    if (parameter.default_value != nullptr) {
      SCONCE_ASSIGN_OR_RETURN(value, Evaluate(*parameter.default_value, scope));
    }
    function.defaults.push_back(std::move(value));
    function.has_default.push_back(parameter.default_value != nullptr);
  }
  function.closure = ClosureOf(scope);
  function.module = scope.module;
  return absl::OkStatus();
}

absl::StatusOr<Value> Interpreter::CallFunction(const std::shared_ptr<Function>& function,
                                                Arguments arguments) {
  if (callers_.size() >= limits_.depth) {
    return Raised("RecursionError", absl::StrFormat("calls nest deeper than %d", limits_.depth));
  }
  auto scope = std::make_shared<Scope>();
  scope->names = std::make_shared<Table>();
  scope->outer = function->closure;
  scope->module = function->module;
  scope->owner = function->owner.lock();
  if (!arguments.positional.empty()) scope->self = arguments.positional.front();
  SCONCE_RETURN_IF_ERROR(Binding(*function, std::move(arguments), *scope->names).Bind());
  if (function->is_generator) StartYielding(*scope);
  callers_.push_back(place_);
  absl::StatusOr<Value> result = None();
  if (function->expression != nullptr) {
    Scope* const outer = std::exchange(current_scope_, scope.get());
    result = Evaluate(*function->expression, *scope);
    current_scope_ = outer;
  } else if (absl::Status status = ExecuteBlock(*function->body, *scope); !status.ok()) {
    result = status;
  } else if (function->is_generator) {
    result = Yielded(*scope);
  } else {
    result = Choose(
        Test(ExitFlag(*scope, Exit::kReturned)),
        [&] { return absl::StatusOr<Value>(ReturnValue(*scope)); },
        [] { return absl::StatusOr<Value>(None()); });
  }
  callers_.pop_back();
  const bool gives_arrays = function->module != nullptr && function->module->is_numpy();
  if (result.ok() && gives_arrays) return AsArray(*result, true);
  return result;
}

absl::StatusOr<Value> Interpreter::Call(Value callee, Arguments arguments) {
  if (const auto* function = std::get_if<std::shared_ptr<Function>>(&callee)) {
    return CallFunction(*function, std::move(arguments));
  }
  if (const Builtin* builtin = ObjectOf<Builtin>(callee)) {
    return builtin->call(*this, std::move(arguments));
  }
  if (const BoundMethod* method = ObjectOf<BoundMethod>(callee)) {
    arguments.positional.insert(arguments.positional.begin(), method->self);
    return Call(method->function, std::move(arguments));
  }
  if (const auto* type = std::get_if<std::shared_ptr<Class>>(&callee)) {
    return MakeInstance(*type, std::move(arguments));
  }
  if (const Descriptor* descriptor = ObjectOf<Descriptor>(callee)) {
    return Call(descriptor->function, std::move(arguments));
  }
  if (const Unknown* unknown = ObjectOf<Unknown>(callee)) {
    return Own(unknown->Part(unknown->name + "()"));
  }
  if (Is<Dtype>(callee)) {  // np.float32(x): NumPy's types are torch's here
    SCONCE_ASSIGN_OR_RETURN(const auto cast, library_.OwnFunction(*this, "numpy", "cast"));
    arguments.positional.insert(arguments.positional.begin(), callee);
    return Call(*cast, std::move(arguments));
  }
  if (ObjectOf<Instance>(callee) != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(const auto call, FindAttribute(callee, "__call__"));
    if (call.has_value()) return Call(*call, std::move(arguments));
  }
  return Raised("TypeError", absl::StrFormat("'%s' is not callable", TypeName(callee)));
}

absl::StatusOr<Value> Interpreter::CallMethod(const Value& object, const std::string& name,
                                              Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Value method, GetAttribute(object, name));
  return Call(method, std::move(arguments));
}

// Of a class with a __new__ of its own. __init__ follows for what is an object of the class.
absl::StatusOr<Value> Interpreter::MakeByNew(const Value& maker, const std::shared_ptr<Class>& type,
                                             Arguments arguments) {
  Arguments all = arguments;
  all.positional.insert(all.positional.begin(), Value(type));
  SCONCE_ASSIGN_OR_RETURN(const Value made, Call(maker, std::move(all)));
  const Instance* instance = ObjectOf<Instance>(made);
  if (instance == nullptr || !IsSubclass(*instance->type, *type)) return made;
  SCONCE_ASSIGN_OR_RETURN(const auto init, FindAttribute(made, "__init__"));
  if (!init.has_value()) return made;
  SCONCE_RETURN_IF_ERROR(Call(*init, std::move(arguments)).status());
  return made;
}

absl::StatusOr<Value> Interpreter::MakeInstance(const std::shared_ptr<Class>& type,
                                                Arguments arguments) {
  const Value* maker = FindInClass(*type, "__new__");
  const bool has_maker = maker != nullptr && ObjectOf<Function>(*maker) != nullptr;
  if (has_maker && type->kind != NativeKind::kEnum) {
    return MakeByNew(Value(*maker), type, std::move(arguments));
  }
  for (const auto& each : type->order) {
    // A class that derives from dict has objects of its own; of an enum its members are looked up.
    const bool makes = type->kind == NativeKind::kEnum
                           ? each->kind == NativeKind::kEnum
                           : each == type || each->kind != NativeKind::kDict;
    if (each->make != nullptr && makes) {
      arguments.positional.insert(arguments.positional.begin(), Value(type));
      return each->make->call(*this, std::move(arguments));
    }
  }
  const Value instance = NewInstance(type);
  SCONCE_ASSIGN_OR_RETURN(const auto init, FindAttribute(instance, "__init__"));
  if (!init.has_value()) return instance;
  SCONCE_RETURN_IF_ERROR(Call(*init, std::move(arguments)).status());
  return instance;
}

}  // namespace sconce::python
