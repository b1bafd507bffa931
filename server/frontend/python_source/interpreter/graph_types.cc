#include "server/frontend/python_source/interpreter/graph_types.h"

namespace sconce::python {

c10::TypePtr JoinTypes(const c10::TypePtr& a, const c10::TypePtr& b) {
  const auto is = [](const c10::TypePtr& type, c10::TypeKind kind) { return type->kind() == kind; };
  if (is(a, c10::TypeKind::IntType) && is(b, c10::TypeKind::FloatType)) return b;
  if (is(b, c10::TypeKind::IntType) && is(a, c10::TypeKind::FloatType)) return a;
  return c10::unifyTypes(a, b).value_or(nullptr);
}

torch::jit::Value* WidenTo(const c10::TypePtr& type, torch::jit::Value* value) {
  if (type->kind() != c10::TypeKind::FloatType || *value->type() != *c10::IntType::get()) {
    return value;
  }
  return value->owningGraph()->insert(c10::Symbol::fromQualString("aten::Float"), {value});
}

}  // namespace sconce::python
