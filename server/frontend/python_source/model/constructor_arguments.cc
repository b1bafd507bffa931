#include "server/frontend/python_source/model/constructor_arguments.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/configurations.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/source_module.h"

namespace sconce::python {
namespace {

struct Wanted {
  const Function* function;
  const Parameter* parameter;
  bool has_default;
};

// Without self. True: it takes **kwargs too.
bool AddParameters(const Function& function, size_t first, std::vector<Wanted>& wanted) {
  bool takes_more = false;
  for (size_t i = first; i < function.parameters->size(); ++i) {
    const Parameter& parameter = (*function.parameters)[i];
    takes_more |= parameter.kind == ParameterKind::kVarKeyword;
    const bool is_plain = parameter.kind != ParameterKind::kVarKeyword &&
                          parameter.kind != ParameterKind::kVarPositional;
    if (is_plain) wanted.push_back({&function, &parameter, function.has_default[i]});
  }
  return takes_more;
}

// Of a class whose __init__ takes **kwargs, those of its bases too: it passes them on.
std::vector<Wanted> ParametersOf(const Value& callee) {
  std::vector<Wanted> wanted;
  if (const Function* function = ObjectOf<Function>(callee)) AddParameters(*function, 0, wanted);
  const Class* type = ObjectOf<Class>(callee);
  if (type == nullptr) return wanted;
  for (const auto& each : type->order) {
    const Value* init = each->attributes.Get("__init__");
    const Function* function = init == nullptr ? nullptr : ObjectOf<Function>(*init);
    if (function != nullptr && !AddParameters(*function, 1, wanted)) break;
  }
  return wanted;
}

// Optional[X], X | None and "X" mean X.
const Expr& WithoutNone(const Expr& annotation) {
  if (const auto* either = std::get_if<Binary>(&annotation.node)) {
    const bool none_first = std::holds_alternative<NoneLiteral>(either->left->node);
    return WithoutNone(none_first ? *either->right : *either->left);
  }
  const auto* item = std::get_if<Subscript>(&annotation.node);
  const auto* name = item == nullptr ? nullptr : std::get_if<Name>(&item->value->node);
  return name != nullptr && name->id == "Optional" ? WithoutNone(*item->index) : annotation;
}

// The class that a parameter's annotation names; null: none, or nobody knows it.
std::shared_ptr<Class> AnnotatedClass(Interpreter& interpreter, const Wanted& wanted) {
  if (wanted.parameter->annotation == nullptr) return nullptr;
  const Expr& annotation = WithoutNone(*wanted.parameter->annotation);
  Scope& scope = wanted.function->module->scope();
  const auto* text = std::get_if<StringLiteral>(&annotation.node);
  const auto value = text != nullptr ? interpreter.Lookup(text->value, scope)
                                     : interpreter.Evaluate(annotation, scope);
  const auto* type = value.ok() ? std::get_if<std::shared_ptr<Class>>(&*value) : nullptr;
  return type == nullptr ? nullptr : *type;
}

bool HasField(const Class& type, const std::string& name) {
  return std::find(type.fields.begin(), type.fields.end(), name) != type.fields.end();
}

bool HasAllFields(const Class& type, const Table& entries) {
  return std::all_of(entries.entries.begin(), entries.entries.end(), [&](const auto& entry) {
    const auto* name = std::get_if<std::string>(&entry.key);
    return name != nullptr && HasField(type, *name);
  });
}

// The only dataclass of the same file that has all these fields: its defaults are meant too.
std::shared_ptr<Class> MatchingDataclass(Interpreter& interpreter, const Wanted& wanted,
                                         const Table& entries) {
  SourceModule& module = *wanted.function->module;
  std::shared_ptr<Class> matching;
  for (const std::string& name : module.DefinedClasses()) {
    const auto value = module.Lookup(interpreter, name);
    const auto* type =
        value.ok() && value->has_value() ? std::get_if<std::shared_ptr<Class>>(&**value) : nullptr;
    if (type == nullptr || !(*type)->is_dataclass || !HasAllFields(**type, entries)) continue;
    if (matching != nullptr) return nullptr;
    matching = *type;
  }
  return matching;
}

// An object of a class that is made of named values.
absl::StatusOr<std::optional<Value>> MakeConfiguration(Interpreter& interpreter,
                                                       const std::shared_ptr<Class>& type,
                                                       const Table& entries) {
  const bool has_fields = type->is_dataclass || type->kind == NativeKind::kNamedTuple;
  const Value* init = FindInClass(*type, "__init__");
  const bool has_init = init != nullptr && ObjectOf<Function>(*init) != nullptr;
  if (!has_fields && (!has_init || type->kind == NativeKind::kModule)) return std::nullopt;
  Arguments arguments;
  for (const Table::Entry& entry : entries.entries) {
    const auto* name = std::get_if<std::string>(&entry.key);
    if (name == nullptr) continue;
    if (!has_fields || HasField(*type, *name)) arguments.keywords.emplace_back(*name, entry.value);
  }
  SCONCE_ASSIGN_OR_RETURN(Value made, interpreter.Call(Value(type), std::move(arguments)));
  return std::optional<Value>(std::move(made));
}

absl::StatusOr<Value> Fit(Interpreter& interpreter, const Wanted& wanted, Value value) {
  const auto* dict = std::get_if<Dict>(&value);
  if (dict == nullptr) return value;
  auto type = AnnotatedClass(interpreter, wanted);
  if (type == nullptr && wanted.parameter->annotation == nullptr) {
    type = MatchingDataclass(interpreter, wanted, *dict->table);
  }
  if (type != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(auto made, MakeConfiguration(interpreter, type, *dict->table));
    if (made.has_value()) return *std::move(made);
  }
  return AttributeDictOf(interpreter.library(), dict->table);
}

bool TakesPosition(const Wanted& wanted) {
  return wanted.parameter->kind != ParameterKind::kKeywordOnly;
}

// Fits what is given, and removes from `wanted` what that is for.
absl::StatusOr<Arguments> FitGiven(Interpreter& interpreter, Arguments given,
                                   std::vector<Wanted>& wanted) {
  for (Value& value : given.positional) {
    const auto next = std::find_if(wanted.begin(), wanted.end(), TakesPosition);
    if (next == wanted.end()) break;
    SCONCE_ASSIGN_OR_RETURN(value, Fit(interpreter, *next, std::move(value)));
    wanted.erase(next);
  }
  for (auto& [name, value] : given.keywords) {
    const auto meant = std::find_if(wanted.begin(), wanted.end(), [&, &name = name](const auto& w) {
      return w.parameter->name == name;
    });
    if (meant == wanted.end()) continue;
    SCONCE_ASSIGN_OR_RETURN(value, Fit(interpreter, *meant, std::move(value)));
    wanted.erase(meant);
  }
  return given;
}

}  // namespace

absl::StatusOr<Arguments> FitArguments(Interpreter& interpreter, const Value& callee,
                                       const Arguments& given) {
  std::vector<Wanted> wanted = ParametersOf(callee);
  return FitGiven(interpreter, given, wanted);
}

std::vector<std::string> PositionalParameters(const Value& callee) {
  std::vector<std::string> names;
  for (const Wanted& wanted : ParametersOf(callee)) {
    if (TakesPosition(wanted)) names.push_back(wanted.parameter->name);
  }
  return names;
}

std::vector<std::string> MissingParameters(const Value& callee, const Arguments& given) {
  std::vector<std::string> missing;
  size_t positional = given.positional.size();
  for (const Wanted& wanted : ParametersOf(callee)) {
    if (positional > 0 && TakesPosition(wanted)) {
      --positional;
      continue;
    }
    const std::string& name = wanted.parameter->name;
    const bool named = std::any_of(given.keywords.begin(), given.keywords.end(),
                                   [&](const auto& keyword) { return keyword.first == name; });
    if (!named && !wanted.has_default) missing.push_back(name);
  }
  return missing;
}

absl::StatusOr<ConstructorArguments> CompleteArguments(Interpreter& interpreter,
                                                       const Value& callee, const Arguments& given,
                                                       HyperParameters& stored, size_t guess) {
  std::vector<Wanted> wanted = ParametersOf(callee);
  ConstructorArguments all;
  SCONCE_ASSIGN_OR_RETURN(all.arguments, FitGiven(interpreter, given, wanted));
  for (const Wanted& each : wanted) {
    const std::string& name = each.parameter->name;
    auto found = stored.Find(name, guess);
    if (found.ok() && (!found->has_value() || ObjectOf<Unknown>((*found)->value) != nullptr)) {
      found = stored.FindWhole(name, !each.has_default, guess);
    }
    if (!found.ok() || !found->has_value()) continue;  // the class says what it lacks
    SCONCE_ASSIGN_OR_RETURN(Value value, Fit(interpreter, each, std::move((*found)->value)));
    all.arguments.keywords.emplace_back(name, std::move(value));
    all.more |= (*found)->more;
    const std::string& place = (*found)->place;
    all.stored.push_back(place.empty() || place == name ? name
                                                        : absl::StrCat(name, " (", place, ")"));
  }
  return all;
}

}  // namespace sconce::python
