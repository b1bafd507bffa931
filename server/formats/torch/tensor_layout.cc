#include "server/formats/torch/tensor_layout.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

// More dimensions than LibTorch's own loops take.
constexpr size_t kMostDimensions = 64;
// An expanded tensor stands for more elements than are stored. Up to this size that is believed.
constexpr uint64_t kMostExpandedBytes = uint64_t{256} << 20;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("tensor: %s", what));
}

// offset + sum((size - 1) * stride), the last element touched. Nothing: beyond all counting.
std::optional<uint64_t> LastElement(const TensorLayout& tensor) {
  uint64_t last = tensor.offset;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.shape[i] <= 1) continue;
    const auto reach = CheckedMultiply(static_cast<uint64_t>(tensor.shape[i]) - 1,
                                       static_cast<uint64_t>(tensor.strides[i]));
    if (!reach) return std::nullopt;
    const auto sum = CheckedAdd(last, *reach);
    if (!sum) return std::nullopt;
    last = *sum;
  }
  return last;
}

// Bytes the dimensions other than 0 stand for. Nothing: beyond all counting.
std::optional<uint64_t> CountBytes(const TensorLayout& tensor, const TorchDtype& dtype) {
  uint64_t product = dtype.size;
  for (const int64_t size : tensor.shape) {
    const auto next = CheckedMultiply(product, static_cast<uint64_t>(std::max<int64_t>(size, 1)));
    if (!next || *next > static_cast<uint64_t>(INT64_MAX)) return std::nullopt;
    product = *next;
  }
  return product;
}

// Conjugated and negated views are marked in the last argument.
absl::Status CheckMarks(const std::vector<const PickleValue*>& arguments, size_t at) {
  if (arguments.size() <= at || arguments[at]->Is(PickleKind::kNone)) return absl::OkStatus();
  const auto* entries = DictEntries(*arguments[at]);
  if (entries != nullptr && entries->empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "tensor: it is stored as a conjugated or negated view; save a copy of it "
      "(tensor.resolve_conj().resolve_neg())");
}

struct OtherKind {
  std::string_view part;  // of the builder's name
  std::string_view is;
  std::string_view instead;
};

constexpr OtherKind kOtherKinds[] = {
    {"_sparse_", "a sparse tensor", "save tensor.to_dense()"},
    {"_nested_tensor", "a nested tensor", "save the list of its parts, tensor.unbind()"},
    {"_rebuild_njt", "a nested tensor", "save the list of its parts, tensor.unbind()"},
    {"_meta_tensor", "a tensor of the meta device, which has no data",
     "load the weights into the model before saving it"},
    {"_wrapper_subclass", "a tensor of a class that keeps its data in its own way",
     "save plain tensors: DTensor.full_tensor(), or dequantize() of a quantized one"},
};

absl::Status RefuseKind(const BareTensor& tensor) {
  for (const OtherKind& kind : kOtherKinds) {
    if (!absl::StrContains(std::string(tensor.builder), std::string(kind.part))) continue;
    return absl::FailedPreconditionError(
        absl::StrFormat("tensor: it is %s (%s), and only dense tensors are read; %s", kind.is,
                        tensor.builder, kind.instead));
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "tensor: %s is not read; only dense tensors are",
      tensor.builder.empty() ? DescribePickleValue(*tensor.value) : std::string(tensor.builder)));
}

// The position of the argument that says whether a gradient is wanted.
bool ReadFlag(const std::vector<const PickleValue*>& arguments, size_t at) {
  return arguments.size() > at && arguments[at]->Is(PickleKind::kBool) &&
         arguments[at]->integer != 0;
}

}  // namespace

absl::StatusOr<std::vector<int64_t>> ReadDimensions(const PickleValue& value,
                                                    std::string_view what) {
  const PickleValue* tuple = &value;
  if (value.IsCallOf("torch.Size")) {
    if (value.items[1]->items.size() != 1 || !value.items[1]->items[0]->Is(PickleKind::kTuple)) {
      return Malformed(absl::StrFormat("its %s is a malformed torch.Size", what));
    }
    tuple = value.items[1]->items[0];
  } else if (!value.Is(PickleKind::kTuple)) {
    return Malformed(
        absl::StrFormat("its %s is %s, expected a tuple", what, DescribePickleValue(value)));
  }
  if (tuple->items.size() > kMostDimensions) {
    return Malformed(absl::StrFormat("has %d dimensions; at most %d are read", tuple->items.size(),
                                     kMostDimensions));
  }
  std::vector<int64_t> counts;
  for (const PickleValue* item : tuple->items) {
    if (!item->Is(PickleKind::kInt) || item->integer < 0) {
      return Malformed(absl::StrFormat("its %s holds %s", what, DescribePickleValue(*item)));
    }
    counts.push_back(item->integer);
  }
  return counts;
}

absl::StatusOr<const TorchDtype*> ReadTorchDtype(const PickleValue& value) {
  if (value.Is(PickleKind::kGlobal) && absl::StartsWith(std::string(value.text), "torch.")) {
    const TorchDtype* dtype = FindDtype(value.text.substr(6));
    if (dtype != nullptr) return dtype;
  }
  return absl::FailedPreconditionError(
      absl::StrFormat("tensor: its element type %s is not known", DescribePickleValue(value)));
}

absl::StatusOr<TensorLayout> ReadTensorLayout(const BareTensor& tensor) {
  const std::string_view builder = tensor.builder;
  const bool v3 = builder == "torch._utils._rebuild_tensor_v3";
  const bool v2 = builder == "torch._utils._rebuild_tensor_v2";
  const bool quantized = builder == "torch._utils._rebuild_qtensor";
  if (!v3 && !v2 && !quantized && builder != "torch._utils._rebuild_tensor") {
    return RefuseKind(tensor);
  }
  // All begin with storage, offset, shape, strides.
  const auto& arguments = *tensor.arguments;
  if (arguments.size() < (v3 ? 7 : 4)) return Malformed("is built from too few arguments");
  TensorLayout layout;
  layout.storage = arguments[0];
  if (!arguments[1]->Is(PickleKind::kInt) || arguments[1]->integer < 0) {
    return Malformed(absl::StrFormat("its offset is %s", DescribePickleValue(*arguments[1])));
  }
  layout.offset = static_cast<uint64_t>(arguments[1]->integer);
  SCONCE_ASSIGN_OR_RETURN(layout.shape, ReadDimensions(*arguments[2], "shape"));
  SCONCE_ASSIGN_OR_RETURN(layout.strides, ReadDimensions(*arguments[3], "stride list"));
  if (layout.shape.size() != layout.strides.size()) {
    return Malformed(absl::StrFormat("has %d dimensions and %d strides", layout.shape.size(),
                                     layout.strides.size()));
  }
  if (v3) {
    SCONCE_ASSIGN_OR_RETURN(layout.dtype, ReadTorchDtype(*arguments[6]));
  }
  if (v3 || v2) SCONCE_RETURN_IF_ERROR(CheckMarks(arguments, v3 ? 7 : 6));
  layout.requires_grad = tensor.requires_grad.value_or((v2 || v3) && ReadFlag(arguments, 4));
  return layout;
}

absl::StatusOr<uint64_t> CheckTensorExtent(const TensorLayout& tensor, const TorchDtype& dtype,
                                           uint64_t bytes, std::string_view name) {
  const auto stands_for = CountBytes(tensor, dtype);
  if (!stands_for) return Malformed("has more elements than can be counted");
  const bool empty = std::find(tensor.shape.begin(), tensor.shape.end(), 0) != tensor.shape.end();
  if (!empty && *stands_for > kMostExpandedBytes && *stands_for > bytes) {
    return Malformed(absl::StrFormat("stands for %d bytes, but its storage \"%s\" has %d",
                                     *stands_for, name, bytes));
  }
  const uint64_t available = bytes / dtype.size;
  const auto last = LastElement(tensor);
  const bool fits = empty ? tensor.offset <= available : last && *last < available;
  if (!fits) {
    return Malformed(
        absl::StrFormat("reaches outside its storage \"%s\" of %d elements", name, available));
  }
  return empty ? 0 : *stands_for / dtype.size;
}

}  // namespace sconce
