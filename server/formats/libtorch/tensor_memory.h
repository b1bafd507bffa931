// From stored tensors to LibTorch's. The only part of this folder that sees LibTorch.

#ifndef SCONCE_SERVER_FORMATS_LIBTORCH_TENSOR_MEMORY_H_
#define SCONCE_SERVER_FORMATS_LIBTORCH_TENSOR_MEMORY_H_

#include <ATen/core/Tensor.h>
#include <c10/core/Storage.h>

#include <memory>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

// Makes CPU tensors of stored ones. A storage that several tensors may lie in is read once, and
// stays in memory as long as one of them or the reader lives. Confined to one thread.
class TensorReader {
 public:
  // FAILED_PRECONDITION: of a type that tensors are not made of here (quantized).
  // RESOURCE_EXHAUSTED: not enough memory.
  absl::StatusOr<at::Tensor> Read(const StoredTensor& stored);

  // Into the memory of `destination`, a CPU tensor of the same shape; numbers of another type are
  // converted. Straight from the file where the layouts are the same, with no memory beside it.
  absl::Status ReadInto(const StoredTensor& stored, const at::Tensor& destination);

 private:
  absl::StatusOr<c10::Storage> ReadStorage(const std::shared_ptr<const StorageBytes>& bytes);

  struct Known {
    std::shared_ptr<const StorageBytes> bytes;  // so that the key stays its own
    c10::Storage storage;
  };
  std::unordered_map<const StorageBytes*, Known> storages_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_LIBTORCH_TENSOR_MEMORY_H_
