// PyTorch's element types as LibTorch's.

#ifndef SCONCE_SERVER_FORMATS_LIBTORCH_SCALAR_TYPE_H_
#define SCONCE_SERVER_FORMATS_LIBTORCH_SCALAR_TYPE_H_

#include <c10/core/ScalarType.h>

#include <optional>

#include "server/formats/tensors/torch_dtype.h"

namespace sconce {

// Nothing for types that tensors are not made of here (quantized ones).
std::optional<c10::ScalarType> ScalarTypeOf(const TorchDtype& dtype);
// Null for the same.
const TorchDtype* DtypeOf(c10::ScalarType type);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_LIBTORCH_SCALAR_TYPE_H_
