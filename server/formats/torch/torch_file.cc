#include "server/formats/torch/torch_file.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/pickle_bytes.h"
#include "server/formats/sniff.h"
#include "server/formats/torch/numpy_array.h"
#include "server/formats/torch/tensor_layout.h"
#include "server/formats/torch/torch_legacy_file.h"
#include "server/formats/torch/torch_pickle_file.h"
#include "server/formats/torch/torch_zip_file.h"

namespace sconce {
namespace {

// What pickle.dump makes of a storage: a call with a file of torch.save as its argument.
const PickleValue* NestedFile(const PickleValue& value) {
  const bool call =
      value.IsCallOf("torch.storage._load_from_bytes") && value.items[1]->items.size() == 1;
  return call ? value.items[1]->items[0] : nullptr;
}

absl::Status CheckCast(const BareTensor& bare, const TorchDtype& dtype) {
  if (bare.cast_to == nullptr || bare.cast_to == &dtype) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrFormat("tensor: it is stored as %s to become %s on its device; save it from the CPU "
                      "(tensor.cpu())",
                      dtype.name, bare.cast_to->name));
}

absl::Status CheckQuantized(const TorchDtype& dtype) {
  if (!dtype.quantized) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrFormat("tensor: it is quantized (%s), and only plain tensors are read; save "
                      "tensor.dequantize(), or the whole model as TorchScript",
                      dtype.name));
}

}  // namespace

bool IsStoredTensor(const PickleValue& value) { return IsTensor(value) || IsNumpyArray(value); }

absl::StatusOr<std::shared_ptr<TorchFile>> TorchFile::Open(
    std::shared_ptr<const ByteSource> source) {
  return OpenContainer(std::move(source), /*plain_pickle=*/true);
}

absl::StatusOr<std::shared_ptr<TorchFile>> TorchFile::OpenArchive(
    std::shared_ptr<const ByteSource> source) {
  return TorchZipFile::Open(std::move(source), /*torch_script=*/true);
}

absl::StatusOr<std::shared_ptr<TorchFile>> TorchFile::OpenContainer(
    std::shared_ptr<const ByteSource> source, bool plain_pickle) {
  SCONCE_ASSIGN_OR_RETURN(const std::string head,
                          source->ReadString(0, std::min<uint64_t>(source->size(), kSniffBytes)));
  const Container container = SniffContainer(head);
  if (container == Container::kZip) {
    return TorchZipFile::Open(std::move(source), /*torch_script=*/false);
  }
  if (container == Container::kLegacyTorch) return TorchLegacyFile::Open(std::move(source));
  if (container == Container::kPickle && plain_pickle) {
    return TorchPickleFile::Open(std::move(source));
  }
  return absl::FailedPreconditionError(
      absl::StrFormat("%s, not a file of torch.save or pickle.dump", ContainerPhrase(container)));
}

absl::StatusOr<std::shared_ptr<const ByteSource>> TorchFile::FindOutside(const PickleValue&) {
  return absl::InvalidArgumentError("a reference to a storage stands where bytes are expected");
}

absl::StatusOr<std::shared_ptr<const ByteSource>> TorchFile::FindBytes(const PickleValue& value) {
  if (value.Is(PickleKind::kPersistentId)) return FindOutside(value);
  SCONCE_ASSIGN_OR_RETURN(std::string bytes, DecodeBytes(value));
  return ByteSource::Owning(std::move(bytes));
}

absl::StatusOr<TorchFile::Place> TorchFile::OpenNested(const PickleValue& bytes) {
  const auto known = nested_.find(&bytes);
  if (known != nested_.end()) return known->second;
  SCONCE_ASSIGN_OR_RETURN(auto source, FindBytes(bytes));
  // No plain pickle in there, so that it ends here.
  auto file = OpenContainer(std::move(source), /*plain_pickle=*/false);
  if (!file.ok()) {
    return absl::Status(file.status().code(),
                        absl::StrFormat("tensor: the file within the pickle that holds its "
                                        "storage: %s",
                                        std::string(file.status().message())));
  }
  const PickleValue& root = (*file)->root();
  if (!root.Is(PickleKind::kPersistentId)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("tensor: the file within the pickle that should hold its storage holds %s",
                        DescribePickleValue(root)));
  }
  SCONCE_ASSIGN_OR_RETURN(Place place, (*file)->FindPersistent(root));
  nested_.emplace(&bytes, place);
  return place;
}

absl::StatusOr<TorchFile::Place> TorchFile::FindPlace(const PickleValue& reference) {
  const PickleValue* nested = NestedFile(reference);
  if (nested != nullptr) return OpenNested(*nested);
  if (reference.Is(PickleKind::kPersistentId)) return FindPersistent(reference);
  // pickle.dump of a storage of new type: the class called with an untyped storage.
  return absl::InvalidArgumentError(
      absl::StrFormat("tensor: its storage is %s", DescribePickleValue(reference)));
}

absl::StatusOr<std::shared_ptr<const StorageBytes>> TorchFile::FindStorage(
    const PickleValue& reference, const TorchDtype** dtype) {
  SCONCE_ASSIGN_OR_RETURN(Place place, FindPlace(reference));
  if (dtype != nullptr) *dtype = place.dtype;
  return place.bytes;
}

absl::StatusOr<StoredTensor> TorchFile::ArrayOf(const PickleValue& value) {
  SCONCE_ASSIGN_OR_RETURN(NumpyArray array, ReadNumpyArray(value));
  std::shared_ptr<const StorageBytes>& bytes = arrays_[array.bytes];
  if (bytes == nullptr) {
    SCONCE_ASSIGN_OR_RETURN(auto source, FindBytes(*array.bytes));
    const uint64_t size = source->size();
    bytes = BytesAt(std::move(source), 0, size);
  }
  StoredTensor tensor{"", array.dtype, std::move(array.shape), std::move(array.strides), 0, bytes};
  if (tensor.bytes() != bytes->size()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "NumPy array: its shape stands for %d bytes, it has %d", tensor.bytes(), bytes->size()));
  }
  return tensor;
}

absl::StatusOr<StoredTensor> TorchFile::TensorOf(const PickleValue& value) {
  SCONCE_ASSIGN_OR_RETURN(const BareTensor bare, UnwrapTensor(value));
  if (bare.arguments == nullptr) {
    SCONCE_ASSIGN_OR_RETURN(StoredTensor array, ArrayOf(*bare.value));
    SCONCE_RETURN_IF_ERROR(CheckCast(bare, *array.dtype));
    array.requires_grad = bare.requires_grad.value_or(false);
    return array;
  }
  SCONCE_ASSIGN_OR_RETURN(TensorLayout layout, ReadTensorLayout(bare));
  SCONCE_ASSIGN_OR_RETURN(const Place place, FindPlace(*layout.storage));
  const TorchDtype* dtype = layout.dtype == nullptr ? place.dtype : layout.dtype;
  SCONCE_RETURN_IF_ERROR(CheckQuantized(*dtype));
  SCONCE_RETURN_IF_ERROR(CheckCast(bare, *dtype));
  SCONCE_RETURN_IF_ERROR(
      CheckTensorExtent(layout, *dtype, place.size, DescribePickleValue(*layout.storage)).status());
  StoredTensor tensor{"",
                      dtype,
                      std::move(layout.shape),
                      std::move(layout.strides),
                      layout.offset,
                      place.bytes,
                      layout.requires_grad};
  if (place.whole != nullptr && place.offset % dtype->size == 0) {
    tensor.storage = place.whole;
    tensor.offset += place.offset / dtype->size;
  }
  return tensor;
}

}  // namespace sconce
