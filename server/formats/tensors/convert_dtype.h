// Floating-point weights as numbers of another precision, converted while they are read, exactly as
// tensor.to(dtype) does: to the nearest, ties to even; infinities, NaN, denormals kept; too large
// becomes infinite. Format: c10/util/BFloat16.h, c10/util/Half.h.

#ifndef SCONCE_SERVER_FORMATS_TENSORS_CONVERT_DTYPE_H_
#define SCONCE_SERVER_FORMATS_TENSORS_CONVERT_DTYPE_H_

#include <memory>
#include <vector>

#include "server/formats/io/storage_bytes.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

// float32, float16, bfloat16.
bool IsConversionTarget(const TorchDtype& dtype);

// Tensors of float64, float32, float16 and bfloat16 become tensors of `target`; others stay. What
// shares a storage still does, unless the storage holds tensors of several types: then each of
// those that are converted gets its own.
std::vector<StoredTensor> ConvertTensors(std::vector<StoredTensor> tensors,
                                         const TorchDtype& target);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TENSORS_CONVERT_DTYPE_H_
