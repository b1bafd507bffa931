#include "server/formats/tensors/stored_tensor.h"

#include <algorithm>

namespace sconce {

uint64_t StoredTensor::elements() const {
  // Whoever made the tensor saw to it that this does not overflow; with a 0 among them, the product
  // of the others may.
  uint64_t product = 1;
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  for (const int64_t size : shape) product *= static_cast<uint64_t>(size);
  return product;
}

bool StoredTensor::contiguous() const {
  if (elements() == 0) return true;
  int64_t expected = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 1) continue;  // never stepped along
    if (strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

bool StoredTensor::whole() const {
  return offset == 0 && storage->size() == bytes() && contiguous();
}

std::vector<int64_t> ContiguousStrides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t step = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    strides[i] = step;
    // As PyTorch has it, a dimension of 0 counts as 1. Unsigned, because with a 0 elsewhere the
    // others may be of any size.
    step = static_cast<int64_t>(static_cast<uint64_t>(step) *
                                static_cast<uint64_t>(std::max<int64_t>(shape[i], 1)));
  }
  return strides;
}

}  // namespace sconce
