// inspect.signature, which decorators ask.

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

Result Signature(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("signature", std::move(arguments), {"callable"}, 1));
  const Function* function = FunctionOf(interpreter, *taken[0]);
  if (function == nullptr) return Raised("ValueError", "no signature found");
  const bool is_bound = ObjectOf<Function>(*taken[0]) == nullptr;
  auto type = MakeClass("Parameter", {interpreter.library().object_class()}, NativeKind::kObject);
  for (int64_t kind = 0; kind < 5; ++kind) type->attributes.Put(kKinds[kind], kind);
  type->attributes.Put("empty", EllipsisValue());
  auto parameters = std::make_shared<Table>();
  for (size_t i = is_bound ? 1 : 0; i < function->parameters->size(); ++i) {
    const Parameter& parameter = (*function->parameters)[i];
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

}  // namespace

void AddInspect(Library& library) {
  const auto inspect = library.AddNative("inspect");
  inspect->names.Put("signature", Native("signature", Signature));
  const auto add_test = [&](const char* name, bool (*test)(const Value&)) {
    inspect->names.Put(name, Native(name, [test](Interpreter&, Arguments arguments) -> Result {
                         return test(arguments.positional.at(0));
                       }));
  };
  add_test("isfunction", [](const Value& value) { return ObjectOf<Function>(value) != nullptr; });
  add_test("ismethod", [](const Value& value) { return ObjectOf<BoundMethod>(value) != nullptr; });
  add_test("isclass", [](const Value& value) { return ObjectOf<Class>(value) != nullptr; });
  add_test("ismodule", [](const Value& value) { return ObjectOf<Namespace>(value) != nullptr; });
}

}  // namespace sconce::python
