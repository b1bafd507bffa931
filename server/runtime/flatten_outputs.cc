// FlattenOutputs: from what a method returned to the named tensors of an answer.

#include <ATen/core/Dict.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/jit_type.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/runtime/output_names.h"
#include "server/runtime/schema.h"
#include "server/runtime/torch_call.h"

namespace sconce {
namespace {

absl::Status Refuse(const std::string& name, std::string_view reason) {
  return absl::FailedPreconditionError(
      absl::StrFormat("output %s: %s, which the protocol can't carry", name, reason));
}

absl::Status CheckCarriable(const std::string& name, const at::Tensor& tensor) {
  if (tensor.is_complex()) {
    return Refuse(name, "is complex (torch.view_as_real makes numbers of it)");
  }
  if (tensor.is_quantized()) return Refuse(name, "is quantized (dequantize() makes numbers of it)");
  if (tensor.layout() != at::kStrided || tensor.is_nested()) {
    return Refuse(name, "is not dense (to_dense() makes it so)");
  }
  if (FromScalarType(tensor.scalar_type()) == Datatype::kUnknown) {
    return Refuse(name, absl::StrFormat("is of type %s", c10::toString(tensor.scalar_type())));
  }
  return absl::OkStatus();
}

// In CPU memory, dense, without gradient and lazy bits. The same memory where it can be.
at::Tensor Settle(const at::Tensor& tensor) {
  at::Tensor settled = tensor.requires_grad() ? tensor.detach() : tensor;
  return settled.resolve_neg().cpu().contiguous();
}

template <typename Number>
at::Tensor NumbersTensor(at::ScalarType type, const std::vector<Number>& numbers) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(numbers.size())}, type);
  std::copy(numbers.begin(), numbers.end(), static_cast<Number*>(tensor.mutable_data_ptr()));
  return tensor;
}

// One dimension of numbers or strings. Nothing: `type` is neither.
std::optional<Value> MakeLeaf(const c10::TypeKind type, c10::ArrayRef<c10::IValue> elements) {
  const auto collect = [&](auto read) {
    std::vector<decltype(read(elements[0]))> numbers;
    for (const c10::IValue& element : elements) numbers.push_back(read(element));
    return numbers;
  };
  switch (type) {
    case c10::TypeKind::IntType:
      return NumbersTensor(at::kLong, collect([](const c10::IValue& v) { return v.toInt(); }));
    case c10::TypeKind::FloatType:
      return NumbersTensor(at::kDouble, collect([](const c10::IValue& v) { return v.toDouble(); }));
    case c10::TypeKind::BoolType:
      return NumbersTensor(at::kBool,
                           collect([](const c10::IValue& v) -> uint8_t { return v.toBool(); }));
    case c10::TypeKind::StringType:
      return StringTensor{
          {static_cast<int64_t>(elements.size())},
          collect([](const c10::IValue& v) { return std::string(v.toStringRef()); })};
    default:
      return std::nullopt;
  }
}

std::optional<std::string> KeyText(const c10::IValue& key) {
  if (key.isString()) return key.toStringRef();
  if (key.isInt()) return absl::StrFormat("%d", key.toInt());
  return std::nullopt;
}

// Walks a result. Confined to one call.
class Flattener {
 public:
  absl::Status Add(const c10::IValue& value, const std::string& path) {
    if (value.isTuple()) return AddTuple(*value.toTuple(), path);
    if (value.isGenericDict()) return AddDict(value.toGenericDict(), path);
    if (value.isList()) return AddList(value, path);
    return AddOne(value, OutputName(path));
  }

  // Names by position where `declared` has as many; None counts, so that names don't shift.
  absl::StatusOr<std::vector<NamedValue>> Take(const std::vector<TensorSpec>& declared) {
    std::vector<NamedValue> outputs;
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (!slots_[i].value) continue;
      const bool renamed = declared.size() == slots_.size() && !declared[i].name.empty();
      outputs.push_back(
          {renamed ? declared[i].name : std::move(slots_[i].name), *std::move(slots_[i].value)});
    }
    std::set<std::string_view> names;
    for (const NamedValue& output : outputs) {
      if (!names.insert(output.name).second) return Refuse(output.name, "two have this name");
    }
    return outputs;
  }

 private:
  struct Slot {
    std::string name;
    std::optional<Value> value;  // nothing for None
  };

  absl::Status AddTuple(const c10::ivalue::Tuple& tuple, const std::string& path) {
    // A named tuple brings its type along; for others it is worked out, which an undefined tensor
    // makes fail.
    const auto type = CallTorch([&] { return tuple.type(); });
    const auto fields = type.ok() ? (*type)->names() : std::nullopt;
    for (size_t i = 0; i < tuple.elements().size(); ++i) {
      const std::string part = fields ? FieldPath(path, (*fields)[i]) : ElementPath(path, i);
      SCONCE_RETURN_IF_ERROR(Add(tuple.elements()[i], part));
    }
    return absl::OkStatus();
  }

  absl::Status AddDict(const c10::Dict<c10::IValue, c10::IValue>& dict, const std::string& path) {
    for (const auto& entry : dict) {
      const auto key = KeyText(entry.key());
      if (!key) {
        return Refuse(OutputName(path), absl::StrFormat("is a dict with keys of type %s",
                                                        entry.key().type()->annotation_str()));
      }
      SCONCE_RETURN_IF_ERROR(Add(entry.value(), FieldPath(path, *key)));
    }
    return absl::OkStatus();
  }

  absl::Status AddList(const c10::IValue& list, const std::string& path) {
    const auto elements = list.toListRef();
    const auto type = list.type()->expectRef<c10::ListType>().getElementType();
    if (auto leaf = MakeLeaf(type->kind(), elements)) {
      slots_.push_back({OutputName(path), std::move(leaf)});
      return absl::OkStatus();
    }
    for (size_t i = 0; i < elements.size(); ++i) {
      SCONCE_RETURN_IF_ERROR(Add(elements[i], ElementPath(path, i)));
    }
    return absl::OkStatus();
  }

  absl::Status AddOne(const c10::IValue& value, std::string name) {
    if (value.isNone() || (value.isTensor() && !value.toTensor().defined())) {
      slots_.push_back({std::move(name), std::nullopt});
      return absl::OkStatus();
    }
    if (!value.isTensor()) return AddScalar(value, std::move(name));
    const at::Tensor& tensor = value.toTensor();
    SCONCE_RETURN_IF_ERROR(CheckCarriable(name, tensor));
    slots_.push_back({std::move(name), Settle(tensor)});
    return absl::OkStatus();
  }

  absl::Status AddScalar(const c10::IValue& value, std::string name) {
    const auto type = value.type();
    auto leaf = MakeLeaf(type->kind(), value);
    if (!leaf) return Refuse(name, absl::StrFormat("is of type %s", type->annotation_str()));
    slots_.push_back({std::move(name), std::move(leaf)});
    return absl::OkStatus();
  }

  std::vector<Slot> slots_;
};

}  // namespace

absl::StatusOr<std::vector<NamedValue>> FlattenOutputs(const c10::IValue& result,
                                                       const std::vector<TensorSpec>& declared) {
  Flattener flattener;
  SCONCE_RETURN_IF_ERROR(CallTorch([&] { return flattener.Add(result, ""); }));
  return flattener.Take(declared);
}

}  // namespace sconce
