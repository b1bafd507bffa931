// Element types by the names that safetensors have for them.
// Format: the crate safetensors 0.8, tensor.rs (Dtype).

#ifndef SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_DTYPE_H_
#define SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_DTYPE_H_

#include <optional>
#include <string_view>

#include "server/formats/tensors/torch_dtype.h"

namespace sconce {

struct SafetensorsDtype {
  std::string_view name;   // "F32"
  std::string_view torch;  // "float32"
};

// Nothing when there is none. Types packed into less than a byte are none.
std::optional<SafetensorsDtype> FindSafetensorsDtype(const TorchDtype& dtype);
// Null when there is none.
const TorchDtype* FindDtypeOfSafetensors(std::string_view name);

// The library writes tensors of widely aligned types first: their place in that order.
int SafetensorsRank(const TorchDtype& dtype);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_DTYPE_H_
