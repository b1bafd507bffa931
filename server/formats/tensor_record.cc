#include "server/formats/tensor_record.h"

#include <algorithm>
#include <optional>
#include <string_view>

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

std::optional<uint64_t> AsCount(const PickleValue& value) {
  if (!value.Is(PickleKind::kInt) || value.integer < 0) return std::nullopt;
  return static_cast<uint64_t>(value.integer);
}

absl::StatusOr<std::vector<int64_t>> ReadCounts(const PickleValue& value, std::string_view what) {
  if (!value.Is(PickleKind::kTuple) && !value.IsCallOf("torch.Size")) {
    return Malformed(
        absl::StrFormat("its %s is %s, expected a tuple", what, DescribePickleValue(value)));
  }
  const PickleValue* tuple = &value;
  if (value.Is(PickleKind::kObject)) {
    if (value.items[1]->items.size() != 1 || !value.items[1]->items[0]->Is(PickleKind::kTuple)) {
      return Malformed(absl::StrFormat("its %s is a malformed torch.Size", what));
    }
    tuple = value.items[1]->items[0];
  }
  if (tuple->items.size() > kMostDimensions) {
    return Malformed(absl::StrFormat("has %d dimensions; at most %d are read", tuple->items.size(),
                                     kMostDimensions));
  }
  std::vector<int64_t> counts;
  for (const PickleValue* item : tuple->items) {
    const auto count = AsCount(*item);
    if (!count) {
      return Malformed(absl::StrFormat("its %s holds %s", what, DescribePickleValue(*item)));
    }
    counts.push_back(item->integer);
  }
  return counts;
}

// offset + sum((size - 1) * stride), the last element touched. Nothing: beyond all counting.
std::optional<uint64_t> LastElement(const TensorRecord& tensor) {
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

absl::Status CheckExtent(const TensorRecord& tensor) {
  const uint64_t available = tensor.storage.bytes / tensor.dtype->size;
  const auto last = LastElement(tensor);
  const bool fits = tensor.elements == 0 ? tensor.offset <= available : last && *last < available;
  if (fits) return absl::OkStatus();
  return Malformed(absl::StrFormat("reaches outside its storage \"%s\" of %d elements",
                                   tensor.storage.key, available));
}

absl::Status CountElements(TensorRecord& tensor) {
  uint64_t product = tensor.dtype->size;  // of the dimensions that are not 0, times the size
  bool empty = false;
  for (const int64_t size : tensor.shape) {
    empty = empty || size == 0;
    const auto next = CheckedMultiply(product, static_cast<uint64_t>(std::max<int64_t>(size, 1)));
    if (!next || *next > static_cast<uint64_t>(INT64_MAX)) {
      return Malformed("has more elements than can be counted");
    }
    product = *next;
  }
  tensor.elements = empty ? 0 : product / tensor.dtype->size;
  if (!empty && product > kMostExpandedBytes && product > tensor.storage.bytes) {
    return Malformed(absl::StrFormat("stands for %d bytes, but its storage \"%s\" has %d", product,
                                     tensor.storage.key, tensor.storage.bytes));
  }
  return absl::OkStatus();
}

bool IsUntypedStorage(const PickleValue& type) {
  return type.IsGlobal("torch.storage.UntypedStorage") || type.IsGlobal("torch.UntypedStorage");
}

absl::StatusOr<const TorchDtype*> ReadDtype(const PickleValue& value) {
  if (value.Is(PickleKind::kGlobal) && absl::StartsWith(std::string(value.text), "torch.")) {
    const TorchDtype* dtype = FindDtype(value.text.substr(6));
    if (dtype != nullptr) return dtype;
  }
  return absl::FailedPreconditionError(
      absl::StrFormat("tensor: its element type %s is not known", DescribePickleValue(value)));
}

// The arguments all ways of building a dense tensor begin with: storage, offset, shape, strides.
absl::StatusOr<TensorRecord> ReadLayout(const std::vector<const PickleValue*>& arguments) {
  if (arguments.size() < 4) return Malformed("is built from too few arguments");
  TensorRecord tensor;
  SCONCE_ASSIGN_OR_RETURN(tensor.storage, ReadStorageRecord(*arguments[0], &tensor.dtype));
  const auto offset = AsCount(*arguments[1]);
  if (!offset) {
    return Malformed(absl::StrFormat("its offset is %s", DescribePickleValue(*arguments[1])));
  }
  tensor.offset = *offset;
  SCONCE_ASSIGN_OR_RETURN(tensor.shape, ReadCounts(*arguments[2], "shape"));
  SCONCE_ASSIGN_OR_RETURN(tensor.strides, ReadCounts(*arguments[3], "stride list"));
  if (tensor.shape.size() != tensor.strides.size()) {
    return Malformed(absl::StrFormat("has %d dimensions and %d strides", tensor.shape.size(),
                                     tensor.strides.size()));
  }
  return tensor;
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

absl::StatusOr<TensorRecord> ReadDense(const PickleValue& call) {
  const auto& arguments = call.items[1]->items;
  SCONCE_ASSIGN_OR_RETURN(TensorRecord tensor, ReadLayout(arguments));
  if (call.items[0]->text == "torch._utils._rebuild_tensor_v3") {
    if (arguments.size() < 7) return Malformed("is built from too few arguments");
    SCONCE_ASSIGN_OR_RETURN(tensor.dtype, ReadDtype(*arguments[6]));
    SCONCE_RETURN_IF_ERROR(CheckMarks(arguments, 7));
  } else if (call.items[0]->text == "torch._utils._rebuild_tensor_v2") {
    SCONCE_RETURN_IF_ERROR(CheckMarks(arguments, 6));
  }
  SCONCE_RETURN_IF_ERROR(CountElements(tensor));
  SCONCE_RETURN_IF_ERROR(CheckExtent(tensor));
  return tensor;
}

}  // namespace

bool IsTensor(const PickleValue& value) {
  if (!value.Is(PickleKind::kObject) || !value.items[0]->Is(PickleKind::kGlobal)) return false;
  const std::string name(value.items[0]->text);
  return absl::StartsWith(name, "torch._utils._rebuild_") ||
         absl::StartsWith(name, "torch._tensor._rebuild_");
}

absl::StatusOr<StorageRecord> ReadStorageRecord(const PickleValue& reference,
                                                const TorchDtype** dtype) {
  if (!reference.Is(PickleKind::kPersistentId)) {
    return Malformed(absl::StrFormat("its storage is %s", DescribePickleValue(reference)));
  }
  const PickleValue& id = *reference.items[0];
  if (!id.Is(PickleKind::kTuple) || id.items.size() < 5 || !id.items[0]->Is(PickleKind::kString) ||
      id.items[0]->text != "storage" || !id.items[1]->Is(PickleKind::kGlobal) ||
      !id.items[2]->Is(PickleKind::kString) || !id.items[3]->Is(PickleKind::kString)) {
    return Malformed("its storage is named in an unknown way");
  }
  const PickleValue& type = *id.items[1];
  if (IsUntypedStorage(type)) {
    *dtype = FindDtype("uint8");
  } else {
    *dtype = absl::StartsWith(std::string(type.text), "torch.")
                 ? FindDtypeOfStorage(type.text.substr(6))
                 : nullptr;
    if (*dtype == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrFormat("tensor: its storage class %s is not known", DescribePickleValue(type)));
    }
  }
  const auto count = AsCount(*id.items[4]);
  const auto bytes = count ? CheckedMultiply(*count, (*dtype)->size) : std::nullopt;
  if (!bytes || *bytes > static_cast<uint64_t>(INT64_MAX)) {
    return Malformed(absl::StrFormat("its storage has an impossible size (%s elements)",
                                     DescribePickleValue(*id.items[4])));
  }
  return StorageRecord{std::string(id.items[2]->text), std::string(id.items[3]->text), *bytes};
}

absl::StatusOr<TensorRecord> ReadTensorRecord(const PickleValue& value) {
  const PickleValue* call = &value;
  // A parameter is a call around a tensor; one level is all that PyTorch writes.
  if (call->IsCallOf("torch._utils._rebuild_parameter") ||
      call->IsCallOf("torch._utils._rebuild_parameter_with_state")) {
    if (call->items[1]->items.empty()) return Malformed("is a parameter without its data");
    call = call->items[1]->items[0];
  }
  for (const char* known : {"torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
                            "torch._utils._rebuild_tensor", "torch._utils._rebuild_qtensor"}) {
    if (call->IsCallOf(known)) return ReadDense(*call);
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "tensor: %s is not read; only dense tensors are", DescribePickleValue(*call)));
}

}  // namespace sconce
