// inspect.signature and its likes, which decorators and registries ask.

#include <utility>

#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;

// In the order of ParameterKind, as Python numbers them.
constexpr const char* kKinds[] = {"POSITIONAL_ONLY", "POSITIONAL_OR_KEYWORD", "VAR_POSITIONAL",
                                  "KEYWORD_ONLY", "VAR_KEYWORD"};

// Functions can wrap each other in a circle: `depth` ends it.
const Function* FunctionOf(Interpreter& interpreter, const Value& callable, int depth = 0) {
  if (depth > 100) return nullptr;
  if (const Function* function = ObjectOf<Function>(callable)) {
    if (Is<None>(function->wrapped)) return function;
    return FunctionOf(interpreter, function->wrapped, depth + 1);
  }
  if (const BoundMethod* method = ObjectOf<BoundMethod>(callable)) {
    return FunctionOf(interpreter, method->function, depth + 1);
  }
  if (const Class* type = ObjectOf<Class>(callable)) {
    const Value* init = FindInClass(*type, "__init__");
    return init == nullptr ? nullptr : ObjectOf<Function>(*init);
  }
  return nullptr;
}

std::shared_ptr<Class> ParameterClass(const Library& library) {
  auto type = MakeClass("Parameter", {library.object_class()}, NativeKind::kObject);
  for (int64_t kind = 0; kind < 5; ++kind) type->attributes.Put(kKinds[kind], kind);
  type->attributes.Put("empty", EllipsisValue());
  return type;
}

Result Signature(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("signature", std::move(arguments), {"callable"}, 1));
  const Function* function = FunctionOf(interpreter, *taken[0]);
  // A layer that makes nothing of arguments has none: nn.Hardswish of Sconce's own.
  if (function == nullptr && !IsModuleClass(*taken[0])) {
    return Raised("ValueError", "no signature found");
  }
  const bool is_bound = ObjectOf<Function>(*taken[0]) == nullptr;
  const auto type = ParameterClass(interpreter.library());
  auto parameters = std::make_shared<Table>();
  static const std::vector<Parameter> kNone;
  const std::vector<Parameter>& all = function == nullptr ? kNone : *function->parameters;
  for (size_t i = is_bound ? 1 : 0; i < all.size(); ++i) {
    const Parameter& parameter = all[i];
    const Value object = NewInstance(type);
    Table& attributes = *ObjectOf<Instance>(object)->attributes;
    attributes.Put("name", parameter.name);
    attributes.Put("kind", static_cast<int64_t>(parameter.kind));
    attributes.Put("default", function->has_default[i] ? function->defaults[i] : EllipsisValue());
    parameters->Put(parameter.name, object);
  }
  auto signature =
      MakeClass("Signature", {interpreter.library().object_class()}, NativeKind::kObject);
  const Value result = NewInstance(signature);
  ObjectOf<Instance>(result)->attributes->Put("parameters", Dict{std::move(parameters)});
  return result;
}

// inspect.getfullargspec(f): a named tuple of the names and defaults.
Result FullArgSpec(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("getfullargspec", std::move(arguments), {"func"}, 1));
  const Function* function = FunctionOf(interpreter, *taken[0]);
  if (function == nullptr) return Raised("TypeError", "unsupported callable");
  std::vector<Value> names;
  std::vector<Value> defaults;
  std::vector<Value> keyword_only;
  Value varargs;
  Value varkw;
  auto keyword_defaults = std::make_shared<Table>();
  for (size_t i = 0; i < function->parameters->size(); ++i) {
    const Parameter& parameter = (*function->parameters)[i];
    if (parameter.kind == ParameterKind::kVarPositional) {
      varargs = parameter.name;
    } else if (parameter.kind == ParameterKind::kVarKeyword) {
      varkw = parameter.name;
    } else if (parameter.kind == ParameterKind::kKeywordOnly) {
      keyword_only.push_back(parameter.name);
      if (function->has_default[i]) keyword_defaults->Put(parameter.name, function->defaults[i]);
    } else {
      names.push_back(parameter.name);
      if (function->has_default[i]) defaults.push_back(function->defaults[i]);
    }
  }
  const Value result = NewInstance(
      MakeClass("FullArgSpec", {interpreter.library().object_class()}, NativeKind::kObject));
  Table& attributes = *ObjectOf<Instance>(result)->attributes;
  attributes.Put("args", ListOf(std::move(names)));
  attributes.Put("varargs", varargs);
  attributes.Put("varkw", varkw);
  attributes.Put("defaults", defaults.empty() ? Value(None()) : TupleOf(std::move(defaults)));
  attributes.Put("kwonlyargs", ListOf(std::move(keyword_only)));
  attributes.Put("kwonlydefaults", Dict{std::move(keyword_defaults)});
  attributes.Put("annotations", Dict{std::make_shared<Table>()});
  return result;
}

}  // namespace

void AddInspect(Library& library) {
  const auto inspect = library.AddNative("inspect");
  inspect->names.Put("signature", Native("signature", Signature));
  inspect->names.Put("getfullargspec", Native("getfullargspec", FullArgSpec));
  inspect->names.Put("Parameter", Value(ParameterClass(library)));
  const auto add_test = [&](const char* name, bool (*test)(const Value&)) {
    inspect->names.Put(name, Native(name, [test](Interpreter&, Arguments arguments) -> Result {
                         return !arguments.positional.empty() && test(arguments.positional[0]);
                       }));
  };
  add_test("isfunction", [](const Value& value) { return ObjectOf<Function>(value) != nullptr; });
  add_test("ismethod", [](const Value& value) { return ObjectOf<BoundMethod>(value) != nullptr; });
  add_test("isclass", [](const Value& value) { return ObjectOf<Class>(value) != nullptr; });
  add_test("ismodule", [](const Value& value) { return ObjectOf<Namespace>(value) != nullptr; });
}

}  // namespace sconce::python
