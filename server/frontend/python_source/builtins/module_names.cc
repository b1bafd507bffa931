#include "server/frontend/python_source/builtins/module_names.h"

#include <optional>
#include <utility>

#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;

constexpr char kModule[] = "<module>";

// What the name stands for, if the module has it.
absl::StatusOr<std::optional<Value>> FindName(Interpreter& interpreter, const Value& self,
                                              const Value& name) {
  const auto* text = std::get_if<std::string>(&name);
  if (text == nullptr) return std::nullopt;
  SCONCE_ASSIGN_OR_RETURN(auto found, interpreter.FindAttribute(HeldBy(self, kModule), *text));
  const bool known = found.has_value() && ObjectOf<Unknown>(*found) == nullptr;
  return known ? std::move(found) : std::nullopt;
}

Result GetName(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("__getitem__", std::move(arguments), {"self", "name"}, 2));
  SCONCE_ASSIGN_OR_RETURN(auto found, FindName(interpreter, *taken[0], *taken[1]));
  return found.has_value() ? Result(*std::move(found)) : Raised("KeyError", Describe(*taken[1]));
}

Result HasName(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("__contains__", std::move(arguments), {"self", "name"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const auto found, FindName(interpreter, *taken[0], *taken[1]));
  return found.has_value();
}

Result NameOr(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("get", std::move(arguments), {"self", "name", "default"}, 2));
  SCONCE_ASSIGN_OR_RETURN(auto found, FindName(interpreter, *taken[0], *taken[1]));
  return found.has_value() ? *std::move(found) : taken[2].value_or(None());
}

}  // namespace

Value ModuleNames(Interpreter& interpreter, const std::shared_ptr<Namespace>& module) {
  const auto type =
      MakeClass("names of a module", {interpreter.library().object_class()}, NativeKind::kObject);
  AddMethod(type, "__getitem__", GetName);
  AddMethod(type, "__contains__", HasName);
  AddMethod(type, "get", NameOr);
  const Value names = NewInstance(type);
  ObjectOf<Instance>(names)->attributes->Put(kModule, Value(module));
  return names;
}

}  // namespace sconce::python
