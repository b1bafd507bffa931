// PyTorch's element types by the names its files use.

#ifndef SCONCE_SERVER_FORMATS_TENSORS_TORCH_DTYPE_H_
#define SCONCE_SERVER_FORMATS_TENSORS_TORCH_DTYPE_H_

#include <cstdint>
#include <string_view>

namespace sconce {

struct TorchDtype {
  std::string_view name;     // "float32", as in torch.float32
  std::string_view storage;  // "FloatStorage"; empty where there is none
  uint64_t size = 0;         // bytes an element
  bool quantized = false;
  // Only LibTorch names this storage. Python writes an untyped one and the type beside it.
  bool young = false;
};

// Null when there is none.
const TorchDtype* FindDtype(std::string_view name);
const TorchDtype* FindDtypeOfStorage(std::string_view storage);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TENSORS_TORCH_DTYPE_H_
