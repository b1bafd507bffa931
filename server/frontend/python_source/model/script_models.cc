#include "server/frontend/python_source/model/script_models.h"

#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/source_module.h"

namespace sconce::python {
namespace {

// Of Net(3).to(device).eval() the call of Net.
const Expr& InnermostCallee(const sconce::python::Call& call) {
  const auto* method = std::get_if<Attribute>(&call.function->node);
  const auto* inner =
      method == nullptr ? nullptr : std::get_if<sconce::python::Call>(&method->value->node);
  return inner == nullptr ? *call.function : InnermostCallee(*inner);
}

bool Makes(Interpreter& interpreter, SourceModule& source, const sconce::python::Call& call,
           MadeBy by) {
  const auto callee = interpreter.Evaluate(InnermostCallee(call), source.scope());
  if (!callee.ok()) return false;
  if (by == MadeBy::kFunction) return ObjectOf<Function>(*callee) != nullptr;
  const Class* type = ObjectOf<Class>(*callee);
  return type != nullptr && type->kind == NativeKind::kModule;
}

}  // namespace

std::vector<ScriptModel> FindScriptModels(Interpreter& interpreter, MadeBy by) {
  std::vector<ScriptModel> models;
  for (const auto& source : interpreter.library().sources()) {
    for (const auto& [name, call] : source->AssignedCalls()) {
      if (!Makes(interpreter, *source, *call, by)) continue;
      const auto value = source->Lookup(interpreter, name);
      if (!value.ok() || !value->has_value() || !IsModule(**value)) continue;
      models.push_back(ScriptModel{name, source->file().name, **value});
    }
  }
  return models;
}

}  // namespace sconce::python
