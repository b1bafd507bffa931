#include "server/frontend/python_source/interpreter/graph_types.h"

namespace sconce::python {
namespace {

bool IsKind(const c10::TypePtr& type, c10::TypeKind kind) { return type->kind() == kind; }

// Of what Python mixes, the wider the larger; 0: anything else.
int WidthOf(const c10::TypePtr& type) {
  switch (type->kind()) {
    case c10::TypeKind::BoolType:
      return 1;
    case c10::TypeKind::IntType:
      return 2;
    case c10::TypeKind::FloatType:
      return 3;
    case c10::TypeKind::TensorType:
      return 4;
    default:
      return 0;
  }
}

}  // namespace

c10::TypePtr JoinTypes(const c10::TypePtr& a, const c10::TypePtr& b) {
  if (WidthOf(a) > 0 && WidthOf(b) > 0) return WidthOf(a) > WidthOf(b) ? a : b;
  return c10::unifyTypes(a, b).value_or(nullptr);
}

torch::jit::Value* WidenTo(const c10::TypePtr& type, torch::jit::Value* value) {
  if (WidthOf(value->type()) == 0 || WidthOf(value->type()) >= WidthOf(type)) return value;
  const char* widen = IsKind(type, c10::TypeKind::TensorType)  ? "aten::tensor"
                      : IsKind(type, c10::TypeKind::FloatType) ? "aten::Float"
                                                               : "aten::Int";
  return value->owningGraph()->insert(c10::Symbol::fromQualString(widen), {value});
}

torch::jit::Value* NoValue(torch::jit::Graph& graph, const c10::TypePtr& type) {
  const auto* tuple = type->castRaw<c10::TupleType>();
  if (tuple == nullptr) return graph.insertNode(graph.createUninitialized(type))->output();
  std::vector<torch::jit::Value*> items;
  for (const c10::TypePtr& item : tuple->elements()) items.push_back(NoValue(graph, item));
  torch::jit::Value* made = graph.insertNode(graph.createTuple(items))->output();
  return made->setType(type);
}

}  // namespace sconce::python
