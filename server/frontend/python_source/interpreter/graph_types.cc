#include "server/frontend/python_source/interpreter/graph_types.h"

namespace sconce::python {
namespace {

bool IsKind(const c10::TypePtr& type, c10::TypeKind kind) { return type->kind() == kind; }

bool IsNumber(const c10::TypePtr& type) {
  return IsKind(type, c10::TypeKind::IntType) || IsKind(type, c10::TypeKind::FloatType);
}

}  // namespace

c10::TypePtr JoinTypes(const c10::TypePtr& a, const c10::TypePtr& b) {
  for (const auto& [one, other] : {std::pair(a, b), std::pair(b, a)}) {
    if (IsKind(one, c10::TypeKind::IntType) && IsKind(other, c10::TypeKind::FloatType))
      return other;
    if (IsNumber(one) && IsKind(other, c10::TypeKind::TensorType)) return other;
  }
  return c10::unifyTypes(a, b).value_or(nullptr);
}

torch::jit::Value* WidenTo(const c10::TypePtr& type, torch::jit::Value* value) {
  if (!IsNumber(value->type()) || *type == *value->type()) return value;
  const char* widen = IsKind(type, c10::TypeKind::TensorType)  ? "aten::tensor"
                      : IsKind(type, c10::TypeKind::FloatType) ? "aten::Float"
                                                               : nullptr;
  if (widen == nullptr) return value;
  return value->owningGraph()->insert(c10::Symbol::fromQualString(widen), {value});
}

}  // namespace sconce::python
