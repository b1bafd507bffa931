#include "server/formats/torch/tensor_record.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("tensor: %s", what));
}

bool IsUntypedStorage(const PickleValue& type) {
  return type.IsGlobal("torch.storage.UntypedStorage") || type.IsGlobal("torch.UntypedStorage");
}

absl::StatusOr<const TorchDtype*> DtypeOfStorageClass(const PickleValue& type) {
  if (IsUntypedStorage(type)) return FindDtype("uint8");
  // Tensors that were on a GPU: "torch.cuda.FloatStorage", up to PyTorch 1.x.
  for (const std::string_view module : {"torch.cuda.", "torch."}) {
    if (type.text.substr(0, module.size()) != module) continue;
    const TorchDtype* dtype = FindDtypeOfStorage(type.text.substr(module.size()));
    if (dtype != nullptr) return dtype;
  }
  return absl::FailedPreconditionError(
      absl::StrFormat("tensor: its storage class %s is not known", DescribePickleValue(type)));
}

// Elements as bytes.
std::optional<uint64_t> CountBytes(const PickleValue& elements, const TorchDtype& dtype) {
  if (!elements.Is(PickleKind::kInt) || elements.integer < 0) return std::nullopt;
  const auto bytes = CheckedMultiply(static_cast<uint64_t>(elements.integer), dtype.size);
  return bytes && *bytes <= static_cast<uint64_t>(INT64_MAX) ? bytes : std::nullopt;
}

// None, or (key, offset, size).
absl::Status ReadView(const PickleValue& value, const TorchDtype& dtype, StorageRecord& record) {
  if (value.Is(PickleKind::kNone)) return absl::OkStatus();
  if (!value.Is(PickleKind::kTuple) || value.items.size() != 3) {
    return Malformed(absl::StrFormat("its storage is a part described by %s, expected a tuple of 3",
                                     DescribePickleValue(value)));
  }
  const auto offset = CountBytes(*value.items[1], dtype);
  const auto bytes = CountBytes(*value.items[2], dtype);
  if (!offset || !bytes || *offset > record.bytes || *bytes > record.bytes - *offset) {
    return Malformed(absl::StrFormat(
        "its storage is elements %s to %s further of one of %d bytes: it reaches outside",
        DescribePickleValue(*value.items[1]), DescribePickleValue(*value.items[2]), record.bytes));
  }
  record.view = StorageRecord::View{*offset, *bytes};
  return absl::OkStatus();
}

}  // namespace

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
  SCONCE_ASSIGN_OR_RETURN(*dtype, DtypeOfStorageClass(*id.items[1]));
  const auto bytes = CountBytes(*id.items[4], **dtype);
  if (!bytes) {
    return Malformed(absl::StrFormat("its storage has an impossible size (%s elements)",
                                     DescribePickleValue(*id.items[4])));
  }
  StorageRecord record{std::string(id.items[2]->text), std::string(id.items[3]->text), *bytes};
  if (id.items.size() > 5) SCONCE_RETURN_IF_ERROR(ReadView(*id.items[5], **dtype, record));
  return record;
}

absl::StatusOr<TensorRecord> ReadTensorRecord(const PickleValue& value) {
  SCONCE_ASSIGN_OR_RETURN(const BareTensor bare, UnwrapTensor(value));
  SCONCE_ASSIGN_OR_RETURN(TensorLayout layout, ReadTensorLayout(bare));
  TensorRecord tensor;
  SCONCE_ASSIGN_OR_RETURN(tensor.storage, ReadStorageRecord(*layout.storage, &tensor.dtype));
  if (layout.dtype != nullptr) tensor.dtype = layout.dtype;
  SCONCE_ASSIGN_OR_RETURN(
      tensor.elements,
      CheckTensorExtent(layout, *tensor.dtype, tensor.storage.bytes, tensor.storage.key));
  tensor.offset = layout.offset;
  tensor.shape = std::move(layout.shape);
  tensor.strides = std::move(layout.strides);
  return tensor;
}

}  // namespace sconce
