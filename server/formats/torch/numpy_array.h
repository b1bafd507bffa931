// NumPy arrays and scalars as they are pickled: numpy/_core/src/multiarray/methods.c
// (array_reduce, array_setstate), descriptor.c (arraydescr_reduce), numpy/_core/numeric.py
// (_frombuffer).

#ifndef SCONCE_SERVER_FORMATS_TORCH_NUMPY_ARRAY_H_
#define SCONCE_SERVER_FORMATS_TORCH_NUMPY_ARRAY_H_

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/tensors/torch_dtype.h"

namespace sconce {

struct NumpyArray {
  const TorchDtype* dtype = nullptr;
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;        // in elements
  const PickleValue* bytes = nullptr;  // what holds them, to be read by who knows how
};

// Whether `value` is a call that, in Python, would make an array.
bool IsNumpyArray(const PickleValue& value);

// FAILED_PRECONDITION: elements that PyTorch has no type for (objects, text, records), or of the
// other byte order. INVALID_ARGUMENT: not what NumPy writes. The size of the bytes is not checked.
absl::StatusOr<NumpyArray> ReadNumpyArray(const PickleValue& value);

// numpy.float64(0.5) as the number it is; nothing for anything else. Integers beyond 63 bits are
// floating-point numbers here.
using PlainNumber = std::variant<bool, int64_t, double>;
std::optional<PlainNumber> NumpyScalar(const PickleValue& value);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_NUMPY_ARRAY_H_
