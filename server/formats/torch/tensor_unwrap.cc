// What PyTorch wraps around a tensor, taken off.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/torch/numpy_array.h"
#include "server/formats/torch/tensor_layout.h"

namespace sconce {
namespace {

// A parameter of a subclass on another device has three layers.
constexpr int kMostLayers = 8;

constexpr std::string_view kOldParameter = "torch.nn.parameter.Parameter";
constexpr std::string_view kVariable = "torch.autograd.variable.Variable";

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("tensor: %s", what));
}

bool IsOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
  for (const std::string_view known : names) {
    if (name == known) return true;
  }
  return false;
}

// Where a wrapper says whether a gradient is wanted; nothing when `builder` is no wrapper. The
// tensor is always its first argument.
std::optional<size_t> GradientArgument(std::string_view builder) {
  if (IsOneOf(builder, {"torch._utils._rebuild_parameter",
                        "torch._utils._rebuild_parameter_with_state", kOldParameter, kVariable})) {
    return 1;
  }
  // Tensors of other devices: data, element type, device, gradient.
  if (IsOneOf(builder, {"torch._utils._rebuild_device_tensor_from_numpy",
                        "torch._utils._rebuild_device_tensor_from_cpu_tensor",
                        "torch._utils._rebuild_xla_tensor"})) {
    return 3;
  }
  return std::nullopt;
}

void NoteGradient(BareTensor& tensor, size_t at) {
  const auto& arguments = *tensor.arguments;
  if (tensor.requires_grad || arguments.size() <= at) return;
  if (arguments[at]->Is(PickleKind::kBool)) tensor.requires_grad = arguments[at]->integer != 0;
}

absl::Status Enter(const PickleValue& value, BareTensor& tensor) {
  tensor.value = &value;
  tensor.builder = {};
  tensor.arguments = nullptr;
  if (IsNumpyArray(value)) return absl::OkStatus();
  if (!IsTensor(value)) {
    return Malformed(absl::StrFormat("is made of %s", DescribePickleValue(value)));
  }
  tensor.builder = value.items[0]->text;
  tensor.arguments = &value.items[1]->items;
  return absl::OkStatus();
}

// A subclass: the function that builds the tensor, the class, the function's arguments, attributes.
absl::Status EnterSubclass(BareTensor& tensor) {
  const auto& arguments = *tensor.arguments;
  if (arguments.size() < 3 || !arguments[0]->Is(PickleKind::kGlobal) ||
      !arguments[2]->Is(PickleKind::kTuple)) {
    return Malformed("is of a subclass, and not built as PyTorch does");
  }
  tensor.builder = arguments[0]->text;
  tensor.arguments = &arguments[2]->items;
  return absl::OkStatus();
}

}  // namespace

bool IsTensor(const PickleValue& value) {
  if (!value.Is(PickleKind::kObject) || !value.items[0]->Is(PickleKind::kGlobal)) return false;
  const std::string name(value.items[0]->text);
  if (name == kOldParameter || name == kVariable) {  // up to PyTorch 0.4
    return !value.items[1]->items.empty() && value.items[1]->items[0]->Is(PickleKind::kObject);
  }
  return absl::StartsWith(name, "torch._utils._rebuild_") ||
         absl::StartsWith(name, "torch._tensor._rebuild_") ||
         absl::StartsWith(name, "torch.nested._internal.nested_tensor._rebuild_");
}

absl::StatusOr<BareTensor> UnwrapTensor(const PickleValue& value) {
  BareTensor tensor;
  SCONCE_RETURN_IF_ERROR(Enter(value, tensor));
  for (int layer = 0; layer < kMostLayers; ++layer) {
    if (tensor.arguments == nullptr) return tensor;
    if (IsOneOf(tensor.builder,
                {"torch._tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type"})) {
      SCONCE_RETURN_IF_ERROR(EnterSubclass(tensor));
      continue;
    }
    const auto gradient = GradientArgument(tensor.builder);
    if (!gradient) return tensor;
    NoteGradient(tensor, *gradient);
    const auto& arguments = *tensor.arguments;
    if (arguments.empty()) return Malformed("is a parameter without its data");
    if (*gradient == 3 && arguments.size() > 1) {
      SCONCE_ASSIGN_OR_RETURN(tensor.cast_to, ReadTorchDtype(*arguments[1]));
    }
    SCONCE_RETURN_IF_ERROR(Enter(*arguments[0], tensor));
  }
  return Malformed("is wrapped into itself too many times");
}

}  // namespace sconce
