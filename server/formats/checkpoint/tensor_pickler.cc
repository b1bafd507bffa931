#include "server/formats/checkpoint/tensor_pickler.h"

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

constexpr std::string_view kUntyped = "UntypedStorage";

}  // namespace

// Types younger than PyTorch's storage classes are written over an untyped storage.
const PickleValue* TensorPickler::Tensor(const StoredTensor& tensor, bool requires_grad) {
  const TorchDtype& dtype = *tensor.dtype;
  PickleBuilder::Values arguments = {
      dtype.young ? Storage(tensor.storage, kUntyped, 1)
                  : Storage(tensor.storage, dtype.storage, dtype.size),
      builder_.Unsigned(tensor.offset),
      builder_.IntTuple(tensor.shape),
      builder_.IntTuple(tensor.strides),
      builder_.Bool(requires_grad),
      builder_.OrderedDict({}),  // hooks
  };
  if (dtype.young) arguments.push_back(builder_.Global("torch", dtype.name));
  const auto* rebuild =
      builder_.Global("torch._utils", dtype.young ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2");
  return builder_.Call(rebuild, std::move(arguments));
}

const PickleValue* TensorPickler::Parameter(const StoredTensor& tensor) {
  return builder_.Call(
      builder_.Global("torch._utils", "_rebuild_parameter"),
      {Tensor(tensor, false), builder_.Bool(tensor.requires_grad), builder_.OrderedDict({})});
}

const PickleValue* TensorPickler::Storage(const std::shared_ptr<const StorageBytes>& bytes,
                                          std::string_view storage_class, uint64_t element_size) {
  const auto [known, added] =
      numbers_.try_emplace({bytes.get(), std::string(storage_class)}, storages_.size());
  if (added) storages_.push_back(bytes);
  const auto* type =
      builder_.Global(storage_class == kUntyped ? "torch.storage" : "torch", storage_class);
  return builder_.PersistentId(builder_.Tuple(
      {builder_.String("storage"), type, builder_.String(absl::StrFormat("%d", known->second)),
       builder_.String("cpu"), builder_.Unsigned(bytes->size() / element_size)}));
}

}  // namespace sconce
