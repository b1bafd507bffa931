#include "server/runtime/argument_kind.h"

#include <algorithm>

namespace sconce {
namespace {

std::optional<ArgumentKind> KindOfList(const c10::ListType& list) {
  switch (list.getElementType()->kind()) {
    case c10::TypeKind::TensorType:
      return ArgumentKind::kTensorList;
    case c10::TypeKind::IntType:
      return ArgumentKind::kIntList;
    case c10::TypeKind::FloatType:
      return ArgumentKind::kFloatList;
    case c10::TypeKind::BoolType:
      return ArgumentKind::kBoolList;
    case c10::TypeKind::StringType:
      return ArgumentKind::kStringList;
    default:
      return std::nullopt;
  }
}

bool IsTensor(const c10::TypePtr& type) { return type->kind() == c10::TypeKind::TensorType; }

std::optional<ArgumentKind> KindOfTuple(const c10::TupleType& tuple) {
  const auto elements = tuple.elements();
  if (elements.empty() || !std::all_of(elements.begin(), elements.end(), IsTensor)) {
    return std::nullopt;
  }
  return ArgumentKind::kTensorTuple;
}

std::optional<ArgumentKind> KindOfDict(const c10::DictType& dict) {
  if (dict.getKeyType()->kind() != c10::TypeKind::StringType || !IsTensor(dict.getValueType())) {
    return std::nullopt;
  }
  return ArgumentKind::kTensorDict;
}

// Python lets a method call its module what it likes: "def forward(s, x)".
bool IsSelf(const c10::FunctionSchema& schema, const c10::Argument& argument) {
  if (&argument != schema.arguments().data()) return false;
  return argument.name() == "self" || argument.type()->kind() == c10::TypeKind::ClassType;
}

}  // namespace

c10::TypePtr WithoutOptional(const c10::TypePtr& type) {
  if (type->kind() != c10::TypeKind::OptionalType) return type;
  return type->expectRef<c10::OptionalType>().getElementType();
}

std::optional<ArgumentKind> KindOf(const c10::TypePtr& type) {
  const c10::TypePtr plain = WithoutOptional(type);
  switch (plain->kind()) {
    case c10::TypeKind::TensorType:
      return ArgumentKind::kTensor;
    case c10::TypeKind::IntType:
      return ArgumentKind::kInt;
    case c10::TypeKind::FloatType:
    case c10::TypeKind::NumberType:
      return ArgumentKind::kFloat;
    case c10::TypeKind::BoolType:
      return ArgumentKind::kBool;
    case c10::TypeKind::StringType:
      return ArgumentKind::kString;
    case c10::TypeKind::ListType:
      return KindOfList(plain->expectRef<c10::ListType>());
    case c10::TypeKind::TupleType:
      return KindOfTuple(plain->expectRef<c10::TupleType>());
    case c10::TypeKind::DictType:
      return KindOfDict(plain->expectRef<c10::DictType>());
    default:
      return std::nullopt;
  }
}

bool CanBeLeftOut(const c10::Argument& argument) {
  return argument.default_value().has_value() ||
         argument.type()->kind() == c10::TypeKind::OptionalType;
}

std::vector<const c10::Argument*> OwnArguments(const c10::FunctionSchema& schema) {
  std::vector<const c10::Argument*> arguments;
  for (const c10::Argument& argument : schema.arguments()) {
    if (!IsSelf(schema, argument)) arguments.push_back(&argument);
  }
  return arguments;
}

}  // namespace sconce
