// Elements of small tensors as C++ numbers: the way from a request's tensors to int, float and bool
// arguments. Tensors are dense and in CPU memory.

#ifndef SCONCE_SERVER_RUNTIME_NUMBERS_H_
#define SCONCE_SERVER_RUNTIME_NUMBERS_H_

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"

namespace sconce {

// Of any integer type. INVALID_ARGUMENT: another type, or a number above the largest int64.
absl::StatusOr<std::vector<int64_t>> Integers(const at::Tensor& tensor);

// Of any number type but BOOL; the nearest double.
absl::StatusOr<std::vector<double>> Floats(const at::Tensor& tensor);

// Of type BOOL; every byte but 0 is true.
absl::StatusOr<std::vector<bool>> Bools(const at::Tensor& tensor);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_NUMBERS_H_
