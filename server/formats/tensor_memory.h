// From stored tensors to LibTorch's, and back. The only part of this folder that sees LibTorch.

#ifndef SCONCE_SERVER_FORMATS_TENSOR_MEMORY_H_
#define SCONCE_SERVER_FORMATS_TENSOR_MEMORY_H_

#include <ATen/core/Tensor.h>
#include <c10/core/Storage.h>

#include <memory>
#include <string>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/stored_tensor.h"

namespace sconce {

// Makes CPU tensors of stored ones. A storage is read once and shared by all that lie in it; it
// stays in memory as long as one of them or the reader lives. Confined to one thread.
class TensorReader {
 public:
  // FAILED_PRECONDITION: of a type that tensors are not made of here (quantized).
  // RESOURCE_EXHAUSTED: not enough memory.
  absl::StatusOr<at::Tensor> Read(const StoredTensor& stored);

  // Into the memory of `destination`, a CPU tensor of the same shape, converting numbers of one
  // kind; straight from the file where the layouts are the same.
  absl::Status ReadInto(const StoredTensor& stored, const at::Tensor& destination);

 private:
  std::unordered_map<const StorageBytes*, c10::Storage> storages_;
};

// A tensor of any device under a name, as something to write: its bytes are copied out of it piece
// by piece when they are read. FAILED_PRECONDITION: not dense, quantized, without data, or a
// conjugated or negated view.
absl::StatusOr<StoredTensor> StoredTensorOf(std::string name, const at::Tensor& tensor);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TENSOR_MEMORY_H_
