#include "server/formats/libtorch/tensor_memory.h"

#include <ATen/ops/empty.h>
#include <c10/core/GradMode.h>

#include <exception>
#include <new>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/libtorch/scalar_type.h"

namespace sconce {
namespace {

absl::StatusOr<c10::ScalarType> TypeOf(const StoredTensor& stored) {
  if (const auto type = ScalarTypeOf(*stored.dtype)) return *type;
  return absl::FailedPreconditionError(absl::StrFormat(
      "its element type is %s, which is not served; save it dequantized (tensor.dequantize())",
      stored.dtype->name));
}

// LibTorch throws when memory runs out.
template <class Work>
auto Guarded(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("not enough memory for the tensor");
  } catch (const std::exception& error) {
    return absl::ResourceExhaustedError(absl::StrFormat("no tensor: %s", error.what()));
  }
}

bool SameLayout(const StoredTensor& stored, c10::ScalarType type, const at::Tensor& destination) {
  return stored.whole() && destination.scalar_type() == type && destination.is_contiguous() &&
         destination.nbytes() == stored.storage->size();
}

}  // namespace

absl::StatusOr<c10::Storage> TensorReader::ReadStorage(
    const std::shared_ptr<const StorageBytes>& bytes) {
  const auto known = storages_.find(bytes.get());
  if (known != storages_.end()) return known->second.storage;
  const at::Tensor memory = at::empty({static_cast<int64_t>(bytes->size())}, at::kByte);
  if (bytes->size() > 0) SCONCE_RETURN_IF_ERROR(bytes->ReadInto(memory.mutable_data_ptr()));
  storages_.emplace(bytes.get(), Known{bytes, memory.storage()});
  return memory.storage();
}

absl::StatusOr<at::Tensor> TensorReader::Read(const StoredTensor& stored) {
  SCONCE_ASSIGN_OR_RETURN(const c10::ScalarType type, TypeOf(stored));
  return Guarded([&]() -> absl::StatusOr<at::Tensor> {
    SCONCE_ASSIGN_OR_RETURN(const c10::Storage storage, ReadStorage(stored.storage));
    return at::empty({0}, type).set_(storage, static_cast<int64_t>(stored.offset), stored.shape,
                                     stored.strides);
  });
}

absl::Status TensorReader::ReadInto(const StoredTensor& stored, const at::Tensor& destination) {
  SCONCE_ASSIGN_OR_RETURN(const c10::ScalarType type, TypeOf(stored));
  return Guarded([&]() -> absl::Status {
    const c10::AutoGradMode no_gradients(false);
    if (SameLayout(stored, type, destination)) {
      if (stored.storage->size() == 0) return absl::OkStatus();
      return stored.storage->ReadInto(destination.mutable_data_ptr());
    }
    SCONCE_ASSIGN_OR_RETURN(const at::Tensor tensor, Read(stored));
    destination.copy_(tensor);
    // Nobody else lies in it.
    if (stored.whole()) storages_.erase(stored.storage.get());
    return absl::OkStatus();
  });
}

}  // namespace sconce
