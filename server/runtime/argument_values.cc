#include "server/runtime/argument_values.h"

#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/runtime/argument_kind.h"
#include "server/runtime/input_addresses.h"
#include "server/runtime/numbers.h"
#include "server/runtime/torch_call.h"

namespace sconce {
namespace {

template <typename... Args>
absl::Status Refuse(std::string_view input, const absl::FormatSpec<Args...>& format,
                    const Args&... args) {
  return absl::InvalidArgumentError(
      absl::StrFormat("input %s: %s", input, absl::StrFormat(format, args...)));
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return absl::StrFormat("[%s]", absl::StrJoin(shape, ","));
}

bool ShapeFits(const std::vector<int64_t>& shape, const std::vector<int64_t>& declared) {
  return std::equal(shape.begin(), shape.end(), declared.begin(), declared.end(),
                    [](int64_t size, int64_t want) { return want == kAnySize || want == size; });
}

// What the operator's configuration promises about the argument.
absl::Status CheckDeclared(const TensorSpec& spec, const NamedValue& input) {
  const Datatype datatype = DatatypeOf(input.value);
  if (spec.datatype != Datatype::kUnknown && datatype != spec.datatype) {
    return Refuse(input.name, "has the datatype %s, expected is %s", DatatypeName(datatype),
                  DatatypeName(spec.datatype));
  }
  if (!spec.shape) return absl::OkStatus();
  const std::vector<int64_t> shape = ShapeOf(input.value);
  if (ShapeFits(shape, *spec.shape)) return absl::OkStatus();
  return Refuse(input.name, "has the shape %s, expected is %s", ShapeText(shape),
                ShapeText(*spec.shape));
}

// The tensor, moved out of `input` and onto the device.
absl::StatusOr<at::Tensor> TakeTensor(NamedValue& input, c10::Device device) {
  auto* tensor = std::get_if<at::Tensor>(&input.value);
  if (tensor == nullptr) {
    return Refuse(input.name, "has the datatype BYTES, but a Tensor holds numbers");
  }
  if (tensor->device() == device) return std::move(*tensor);
  return CallTorch([&] { return std::move(*tensor).to(device); });
}

absl::Status CheckSingle(const NamedValue& input, size_t count, const std::string& type) {
  if (count == 1) return absl::OkStatus();
  return Refuse(input.name, "%s takes exactly one element, found are %d (shape %s)", type, count,
                ShapeText(ShapeOf(input.value)));
}

absl::Status CheckOneDimension(const NamedValue& input, const std::string& type) {
  const std::vector<int64_t> shape = ShapeOf(input.value);
  if (shape.size() == 1) return absl::OkStatus();
  return Refuse(input.name, "%s takes one dimension, found is the shape %s", type,
                ShapeText(shape));
}

// Names the input that `read` (Integers, Floats, Bools) refused.
template <typename Read>
auto ReadNumbers(const NamedValue& input, Read read) -> decltype(read(at::Tensor())) {
  const auto* tensor = std::get_if<at::Tensor>(&input.value);
  if (tensor == nullptr) {
    return Refuse(input.name, "has the datatype BYTES, expected are numbers");
  }
  auto numbers = read(*tensor);
  if (!numbers.ok()) return Refuse(input.name, "%s", numbers.status().message());
  return numbers;
}

absl::StatusOr<std::vector<std::string>> TakeStrings(NamedValue& input) {
  auto* strings = std::get_if<StringTensor>(&input.value);
  if (strings == nullptr) {
    return Refuse(input.name, "has the datatype %s, expected is BYTES",
                  DatatypeName(DatatypeOf(input.value)));
  }
  return std::move(strings->elements);
}

// A Scalar argument keeps whole numbers whole; a float argument does not.
bool KeepsIntegers(const c10::TypePtr& type, const NamedValue& input) {
  if (WithoutOptional(type)->kind() != c10::TypeKind::NumberType) return false;
  const auto* tensor = std::get_if<at::Tensor>(&input.value);
  return tensor != nullptr && c10::isIntegralType(tensor->scalar_type(), /*includeBool=*/false);
}

template <typename Element>
absl::StatusOr<c10::IValue> Single(const NamedValue& input, absl::StatusOr<Element> elements,
                                   const std::string& type) {
  if (!elements.ok()) return elements.status();
  SCONCE_RETURN_IF_ERROR(CheckSingle(input, elements->size(), type));
  return c10::IValue(typename Element::value_type((*elements)[0]));
}

absl::StatusOr<c10::IValue> MakeScalar(const Argument& argument, const c10::TypePtr& type,
                                       NamedValue& input) {
  switch (argument.kind) {
    case ArgumentKind::kInt:
      return Single(input, ReadNumbers(input, Integers), argument.type);
    case ArgumentKind::kBool:
      return Single(input, ReadNumbers(input, Bools), argument.type);
    case ArgumentKind::kString:
      return Single(input, TakeStrings(input), argument.type);
    default:
      if (KeepsIntegers(type, input)) {
        return Single(input, ReadNumbers(input, Integers), argument.type);
      }
      return Single(input, ReadNumbers(input, Floats), argument.type);
  }
}

template <typename Elements>
absl::StatusOr<c10::IValue> ListOf(absl::StatusOr<Elements> elements) {
  if (!elements.ok()) return elements.status();
  c10::List<typename Elements::value_type> list;
  list.reserve(elements->size());
  for (auto&& element : *elements) list.push_back(std::move(element));
  return c10::IValue(std::move(list));
}

absl::StatusOr<c10::IValue> MakeList(const Argument& argument, NamedValue& input) {
  SCONCE_RETURN_IF_ERROR(CheckOneDimension(input, argument.type));
  switch (argument.kind) {
    case ArgumentKind::kIntList:
      return ListOf(ReadNumbers(input, Integers));
    case ArgumentKind::kFloatList:
      return ListOf(ReadNumbers(input, Floats));
    case ArgumentKind::kBoolList:
      return ListOf(ReadNumbers(input, Bools));
    default:
      return ListOf(TakeStrings(input));
  }
}

// The inputs NAME.0 ... NAME.n-1 in order, whatever order they came in.
absl::StatusOr<std::vector<NamedValue*>> InOrder(const Argument& argument,
                                                 const std::vector<GivenInput>& given) {
  const std::string& name = argument.spec.name;
  const bool tuple = argument.kind == ArgumentKind::kTensorTuple;
  std::vector<NamedValue*> ordered(tuple ? argument.tuple_size : given.size(), nullptr);
  for (const GivenInput& part : given) {
    const auto index = ParseIndex(part.element);
    if (!index || (tuple && *index >= ordered.size())) {
      return Refuse(part.input->name, "%s is %s: name its tensors %s.0, %s.1 and so on", name,
                    argument.type, name, name);
    }
    if (*index >= ordered.size()) continue;  // then a smaller one is missing
    if (ordered[*index] != nullptr) return Refuse(part.input->name, "given twice");
    ordered[*index] = part.input;
  }
  const auto gap = std::find(ordered.begin(), ordered.end(), nullptr);
  if (gap == ordered.end()) return ordered;
  return absl::InvalidArgumentError(absl::StrFormat("missing input %s.%d: %s is %s", name,
                                                    gap - ordered.begin(), name, argument.type));
}

absl::StatusOr<std::vector<at::Tensor>> TakeTensors(const Argument& argument,
                                                    const std::vector<GivenInput>& given,
                                                    c10::Device device) {
  SCONCE_ASSIGN_OR_RETURN(const auto ordered, InOrder(argument, given));
  std::vector<at::Tensor> tensors;
  for (NamedValue* input : ordered) {
    SCONCE_ASSIGN_OR_RETURN(tensors.emplace_back(), TakeTensor(*input, device));
  }
  return tensors;
}

absl::StatusOr<c10::IValue> MakeTuple(const c10::TypePtr& type, std::vector<at::Tensor> tensors) {
  std::vector<c10::IValue> elements(tensors.begin(), tensors.end());
  auto tuple_type = WithoutOptional(type)->cast<c10::TupleType>();
  return c10::IValue(c10::ivalue::Tuple::createNamed(std::move(elements), std::move(tuple_type)));
}

absl::StatusOr<c10::IValue> MakeDict(const std::vector<GivenInput>& given, c10::Device device) {
  c10::Dict<std::string, at::Tensor> dict;
  for (const GivenInput& part : given) {
    SCONCE_ASSIGN_OR_RETURN(at::Tensor tensor, TakeTensor(*part.input, device));
    if (!dict.insert(std::string(part.element), std::move(tensor)).second) {
      return Refuse(part.input->name, "given twice");
    }
  }
  return c10::IValue(std::move(dict));
}

absl::StatusOr<c10::IValue> MakeFromElements(const Argument& argument, const c10::TypePtr& type,
                                             const std::vector<GivenInput>& given,
                                             c10::Device device) {
  for (const GivenInput& part : given) {
    if (!part.element.empty()) continue;
    return Refuse(part.input->name, "%s is made of several tensors: name them %s.%s", argument.type,
                  argument.spec.name,
                  argument.kind == ArgumentKind::kTensorDict ? "KEY" : "0 and so on");
  }
  if (argument.kind == ArgumentKind::kTensorDict) return MakeDict(given, device);
  SCONCE_ASSIGN_OR_RETURN(auto tensors, TakeTensors(argument, given, device));
  if (argument.kind == ArgumentKind::kTensorTuple) return MakeTuple(type, std::move(tensors));
  return c10::IValue(c10::List<at::Tensor>(at::ArrayRef<at::Tensor>(tensors)));
}

absl::StatusOr<c10::IValue> MakeFromOne(const Argument& argument, const c10::TypePtr& type,
                                        NamedValue& input, c10::Device device) {
  switch (argument.kind) {
    case ArgumentKind::kTensor: {
      SCONCE_ASSIGN_OR_RETURN(at::Tensor tensor, TakeTensor(input, device));
      return c10::IValue(std::move(tensor));
    }
    case ArgumentKind::kInt:
    case ArgumentKind::kFloat:
    case ArgumentKind::kBool:
    case ArgumentKind::kString:
      return MakeScalar(argument, type, input);
    default:
      return MakeList(argument, input);
  }
}

}  // namespace

absl::StatusOr<c10::IValue> MakeArgument(const Argument& argument, const c10::TypePtr& type,
                                         std::vector<GivenInput> given, c10::Device device) {
  for (const GivenInput& part : given) {
    SCONCE_RETURN_IF_ERROR(CheckDeclared(argument.spec, *part.input));
  }
  if (HasElements(argument.kind)) return MakeFromElements(argument, type, given, device);
  if (given.size() > 1) return Refuse(given[1].input->name, "given twice");
  return MakeFromOne(argument, type, *given[0].input, device);
}

}  // namespace sconce
