#include "server/frontend/python_source/model/annotation.h"

#include <string>
#include <vector>

#include "server/frontend/python_source/syntax/parse_python.h"

namespace sconce::python {
namespace {

// The last part: of typing.Optional "Optional".
std::string LastName(const Expr& expr) {
  if (const auto* name = std::get_if<Name>(&expr.node)) return name->id;
  if (const auto* attribute = std::get_if<Attribute>(&expr.node)) return attribute->name;
  return "";
}

c10::TypePtr Named(const std::string& name) {
  if (name == "Tensor" || name == "FloatTensor" || name == "LongTensor") {
    return c10::TensorType::get();
  }
  if (name == "int") return c10::IntType::get();
  if (name == "float") return c10::FloatType::get();
  if (name == "bool") return c10::BoolType::get();
  if (name == "str") return c10::StringType::get();
  if (name == "None") return c10::NoneType::get();
  return nullptr;
}

c10::TypePtr Optional(const c10::TypePtr& type) {
  return type == nullptr ? nullptr : c10::TypePtr(c10::OptionalType::create(type));
}

c10::TypePtr Union(const Expr& left, const Expr& right) {
  const auto is_none = [](const Expr& expr) {
    return std::holds_alternative<NoneLiteral>(expr.node);
  };
  if (is_none(right)) return Optional(TypeOfAnnotation(left));
  if (is_none(left)) return Optional(TypeOfAnnotation(right));
  return nullptr;
}

c10::TypePtr Subscripted(const std::string& name, const Expr& index) {
  std::vector<const Expr*> parts = {&index};
  if (const auto* tuple = std::get_if<TupleDisplay>(&index.node)) {
    parts.clear();
    for (const ExprPtr& element : tuple->elements) parts.push_back(element.get());
  }
  if (parts.empty()) return nullptr;
  if (name == "Union" && parts.size() == 2) return Union(*parts[0], *parts[1]);
  std::vector<c10::TypePtr> types;
  for (const Expr* part : parts) {
    types.push_back(TypeOfAnnotation(*part));
    if (types.back() == nullptr) return nullptr;
  }
  if (name == "Optional") return Optional(types[0]);
  if (name == "List" || name == "list" || name == "Sequence") {
    return c10::ListType::create(types[0]);
  }
  if (name == "Tuple" || name == "tuple") return c10::TupleType::create(types);
  if ((name == "Dict" || name == "dict") && types.size() == 2) {
    const bool usable =
        types[0]->kind() == c10::TypeKind::StringType || types[0]->kind() == c10::TypeKind::IntType;
    return usable ? c10::TypePtr(c10::DictType::create(types[0], types[1])) : nullptr;
  }
  return nullptr;
}

}  // namespace

c10::TypePtr TypeOfAnnotation(const Expr& annotation) {
  if (std::holds_alternative<NoneLiteral>(annotation.node)) return c10::NoneType::get();
  if (const auto* text = std::get_if<StringLiteral>(&annotation.node)) {
    return TypeOfText(text->value);
  }
  if (const auto* item = std::get_if<Subscript>(&annotation.node)) {
    return Subscripted(LastName(*item->value), *item->index);
  }
  if (const auto* either = std::get_if<Binary>(&annotation.node)) {
    return either->op == BinaryOperator::kBitOr ? Union(*either->left, *either->right) : nullptr;
  }
  return Named(LastName(annotation));
}

c10::TypePtr TypeOfText(const std::string& text) {
  const auto file = ParsePython("annotation", text);
  if (!file.ok() || (*file)->body.size() != 1) return nullptr;
  const auto* expression = std::get_if<ExprStmt>(&(*file)->body[0]->node);
  return expression == nullptr ? nullptr : TypeOfAnnotation(*expression->value);
}

}  // namespace sconce::python
