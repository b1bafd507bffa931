// What the fuzz targets do with a file that was opened: everything a reader of weights may.

#ifndef SCONCE_TESTS_FUZZ_TOUCH_TORCH_FILE_H_
#define SCONCE_TESTS_FUZZ_TOUCH_TORCH_FILE_H_

#include <cstdint>
#include <string>

#include "server/formats/torch/numpy_array.h"
#include "server/formats/torch/torch_file.h"

namespace sconce::testing {

// Reads the last element of every tensor where its strides say it is; traps when an accepted tensor
// reaches outside its storage.
inline void TouchTensor(const StoredTensor& tensor) {
  std::string storage(tensor.storage->size(), '\0');
  if (!tensor.storage->ReadInto(storage.data()).ok() || tensor.elements() == 0) return;
  uint64_t last = tensor.offset;
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    last += static_cast<uint64_t>((tensor.shape[i] - 1) * tensor.strides[i]);
  }
  if ((last + 1) * tensor.dtype->size > storage.size()) __builtin_trap();
}

inline void TouchTorchFile(TorchFile& file) {
  for (const PickleValue& value : file.document().values()) {
    (void)NumpyScalar(value);
    if (value.Is(PickleKind::kPersistentId)) (void)file.FindStorage(value);
    if (!IsStoredTensor(value)) continue;
    const auto tensor = file.TensorOf(value);
    if (tensor.ok()) TouchTensor(*tensor);
  }
  (void)file.Digest();
}

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_FUZZ_TOUCH_TORCH_FILE_H_
