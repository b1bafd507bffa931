// StoredTensor: a named tensor whose bytes have not been read yet. What every reader of weights
// yields and every writer takes.

#ifndef SCONCE_SERVER_FORMATS_TENSORS_STORED_TENSOR_H_
#define SCONCE_SERVER_FORMATS_TENSORS_STORED_TENSOR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/formats/io/storage_bytes.h"
#include "server/formats/tensors/torch_dtype.h"

namespace sconce {

// Checked when it was made: it lies within its storage. Tensors that share a storage share the
// pointer.
struct StoredTensor {
  std::string name;
  const TorchDtype* dtype = nullptr;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;  // in elements
  uint64_t offset = 0;           // in elements, into the storage
  std::shared_ptr<const StorageBytes> storage;
  bool requires_grad = false;

  uint64_t elements() const;
  uint64_t bytes() const { return elements() * dtype->size; }
  // Row-major without gaps.
  bool contiguous() const;
  // Contiguous, and its storage holds nothing else: the storage's bytes are the tensor's.
  bool whole() const;
};

// Row-major strides of a shape.
std::vector<int64_t> ContiguousStrides(const std::vector<int64_t>& shape);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TENSORS_STORED_TENSOR_H_
