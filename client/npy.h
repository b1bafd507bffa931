// NumPy's .npy files, versions 1 to 3, to and from tensors.
//
//   NumPy                          datatype
//   bool, (u)int8..64              BOOL, UINT8..UINT64, INT8..INT64
//   float16, float32, float64      FP16, FP32, FP64
//
// Big-endian and Fortran-ordered arrays become little-endian and row-major. Complex numbers,
// strings, structures and pickled objects are refused: strings travel as JSON (json_tensor.h).
// NumPy has no bfloat16: a BF16 tensor is written as float32, which holds every value of it.

#ifndef SCONCE_CLIENT_NPY_H_
#define SCONCE_CLIENT_NPY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/tensor.h"

namespace sconce {

// The array has no name: set it. INVALID_ARGUMENT says what is wrong with the bytes; data shorter
// or longer than the header says is refused.
absl::StatusOr<Tensor> ParseNpy(std::string_view bytes);

// INVALID_ARGUMENT: a BYTES tensor, or one that CheckTensor refuses.
absl::StatusOr<std::string> FormatNpy(const Tensor& tensor);

// The same with files; messages begin with the path.
absl::StatusOr<Tensor> ReadNpy(const std::string& path);
absl::Status WriteNpy(const Tensor& tensor, const std::string& path);

}  // namespace sconce

#endif  // SCONCE_CLIENT_NPY_H_
