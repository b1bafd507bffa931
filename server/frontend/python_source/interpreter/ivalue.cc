#include "server/frontend/python_source/interpreter/ivalue.h"

#include <algorithm>
#include <utility>

#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"

namespace sconce::python {
namespace {

template <typename T>
bool All(const std::vector<Value>& items) {
  return std::all_of(items.begin(), items.end(), [](const Value& item) { return Is<T>(item); });
}

template <typename T>
c10::IValue ListOfType(const std::vector<Value>& items) {
  c10::List<T> list;
  for (const Value& item : items) list.push_back(std::get<T>(item));
  return list;
}

c10::IValue TensorList(const std::vector<Value>& items) {
  c10::List<at::Tensor> list;
  for (const Value& item : items) list.push_back(std::get<TensorValue>(item).tensor);
  return list;
}

std::optional<c10::IValue> NestedList(const std::vector<Value>& items) {
  std::vector<c10::IValue> values;
  for (const Value& item : items) {
    auto value = ToIValue(item);
    if (!value.has_value()) return std::nullopt;
    if (!values.empty() && *values.front().type() != *value->type()) return std::nullopt;
    values.push_back(*std::move(value));
  }
  c10::impl::GenericList list(values.front().type());
  for (c10::IValue& value : values) list.push_back(std::move(value));
  return c10::IValue(list);
}

std::optional<c10::IValue> ToList(const std::vector<Value>& items) {
  if (items.empty()) return c10::IValue(c10::List<int64_t>());
  if (All<int64_t>(items)) return ListOfType<int64_t>(items);
  if (All<bool>(items)) return ListOfType<bool>(items);
  if (All<std::string>(items)) return ListOfType<std::string>(items);
  if (All<TensorValue>(items)) return TensorList(items);
  if (std::all_of(items.begin(), items.end(), IsKnownNumber)) {
    c10::List<double> list;
    for (const Value& item : items) list.push_back(NumberOf(item));
    return c10::IValue(list);
  }
  return NestedList(items);
}

}  // namespace

std::optional<c10::IValue> ToIValue(const Value& given) {
  const Value& value = Plain(given);
  if (StackGuard::IsLow()) return std::nullopt;
  if (Is<None>(value)) return c10::IValue();
  if (const auto* v = std::get_if<bool>(&value)) return c10::IValue(*v);
  if (const auto* v = std::get_if<int64_t>(&value)) return c10::IValue(*v);
  if (const auto* v = std::get_if<double>(&value)) return c10::IValue(*v);
  if (const auto* v = std::get_if<std::complex<double>>(&value)) {
    return c10::IValue(c10::complex<double>(v->real(), v->imag()));
  }
  if (const auto* v = std::get_if<std::string>(&value)) return c10::IValue(*v);
  if (const auto* v = std::get_if<Dtype>(&value)) return c10::IValue(static_cast<int64_t>(v->type));
  if (const auto* v = std::get_if<c10::Device>(&value)) return c10::IValue(*v);
  if (const auto* v = std::get_if<TensorValue>(&value)) return c10::IValue(v->tensor);
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) return ToList(tuple->items);
  if (const List* list = ObjectOf<List>(value)) {
    return list->symbol != nullptr ? std::nullopt : ToList(list->items);
  }
  return std::nullopt;
}

Value FromIValue(const c10::IValue& value) {
  if (value.isTensor()) return TensorOf(value.toTensor());
  if (value.isBool()) return value.toBool();
  if (value.isInt()) return value.toInt();
  if (value.isDouble()) return value.toDouble();
  if (value.isComplexDouble()) {
    const c10::complex<double> number = value.toComplexDouble();
    return std::complex<double>(number.real(), number.imag());
  }
  if (value.isString()) return value.toStringRef();
  if (value.isDevice()) return value.toDevice();
  std::vector<Value> items;
  if (value.isTuple()) {
    for (const c10::IValue& item : value.toTupleRef().elements()) items.push_back(FromIValue(item));
    return TupleOf(std::move(items));
  }
  if (value.isList()) {
    for (const c10::IValue& item : value.toListRef()) items.push_back(FromIValue(item));
    return ListOf(std::move(items));
  }
  return None();
}

}  // namespace sconce::python
