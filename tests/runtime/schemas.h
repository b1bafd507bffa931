// Method schemas and inputs by hand, without compiling TorchScript.

#ifndef SCONCE_TESTS_RUNTIME_SCHEMAS_H_
#define SCONCE_TESTS_RUNTIME_SCHEMAS_H_

#include <ATen/core/Tensor.h>
#include <ATen/core/function_schema.h>
#include <ATen/core/jit_type.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/runtime/value.h"

namespace sconce::testing {

inline c10::TypePtr TensorT() { return c10::TensorType::get(); }
inline c10::TypePtr IntT() { return c10::IntType::get(); }
inline c10::TypePtr FloatT() { return c10::FloatType::get(); }
inline c10::TypePtr BoolT() { return c10::BoolType::get(); }
inline c10::TypePtr StringT() { return c10::StringType::get(); }
inline c10::TypePtr DeviceT() { return c10::DeviceObjType::get(); }
inline c10::TypePtr ListT(c10::TypePtr element) {
  return c10::ListType::create(std::move(element));
}
inline c10::TypePtr OptionalT(c10::TypePtr inner) {
  return c10::OptionalType::create(std::move(inner));
}
inline c10::TypePtr TupleT(std::vector<c10::TypePtr> elements) {
  return c10::TupleType::create(std::move(elements));
}
inline c10::TypePtr DictT(c10::TypePtr key, c10::TypePtr value) {
  return c10::DictType::create(std::move(key), std::move(value));
}
inline c10::TupleTypePtr NamedTupleT(const std::vector<std::string>& fields,
                                     std::vector<c10::TypePtr> types) {
  return c10::TupleType::createNamed(c10::QualifiedName("__torch__.Point"), fields, types);
}

inline c10::Argument Arg(std::string name, c10::TypePtr type,
                         std::optional<c10::IValue> standard = std::nullopt) {
  return c10::Argument(std::move(name), std::move(type), std::nullopt, std::move(standard));
}

// forward(self, arguments...) -> result. The type of self is never looked at.
inline c10::FunctionSchema Schema(std::vector<c10::Argument> arguments,
                                  c10::TypePtr result = TensorT()) {
  arguments.insert(arguments.begin(), Arg("self", c10::AnyType::get()));
  return c10::FunctionSchema("forward", "", std::move(arguments), {Arg("", std::move(result))});
}

// A tensor of `type` with these elements, whatever ATen can compute with.
template <typename T>
at::Tensor Elements(at::ScalarType type, std::vector<int64_t> shape, std::vector<T> elements) {
  at::Tensor tensor = at::empty(shape, type);
  std::memcpy(tensor.mutable_data_ptr(), elements.data(), tensor.nbytes());
  return tensor;
}

inline NamedValue Tensor(std::string name, at::Tensor tensor = at::arange(4)) {
  return {std::move(name), Value(std::move(tensor))};
}
inline NamedValue Strings(std::string name, std::vector<std::string> elements) {
  const auto count = static_cast<int64_t>(elements.size());
  return {std::move(name), Value(StringTensor{{count}, std::move(elements)})};
}

// vector has no constructor that moves from a list in braces.
inline std::vector<NamedValue> Inputs(std::initializer_list<NamedValue> inputs) { return inputs; }

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_RUNTIME_SCHEMAS_H_
