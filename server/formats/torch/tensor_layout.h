// How a pickle builds a tensor: what is wrapped around it, and the numbers that say where in its
// storage it lies. Every number is checked here, before anyone makes a tensor of it.
// Format: torch/_utils.py and torch/_tensor.py, the functions called _rebuild_*.

#ifndef SCONCE_SERVER_FORMATS_TORCH_TENSOR_LAYOUT_H_
#define SCONCE_SERVER_FORMATS_TORCH_TENSOR_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/tensors/torch_dtype.h"

namespace sconce {

// Whether `value` is a call that, in Python, would make a tensor or a parameter.
bool IsTensor(const PickleValue& value);

// A tensor without the parameters, buffers and subclasses around it: the innermost call.
struct BareTensor {
  // The call, or a NumPy array that a tensor is made of.
  const PickleValue* value = nullptr;
  // Of the call; a subclass names it in another place than a plain tensor. Null for an array.
  std::string_view builder;
  const std::vector<const PickleValue*>* arguments = nullptr;
  std::optional<bool> requires_grad;    // as the outermost wrapper says
  const TorchDtype* cast_to = nullptr;  // what tensors of other devices become when loaded
};

// INVALID_ARGUMENT: not built as PyTorch does.
absl::StatusOr<BareTensor> UnwrapTensor(const PickleValue& value);

struct TensorLayout {
  const PickleValue* storage = nullptr;  // what names it
  const TorchDtype* dtype = nullptr;     // null: the storage's
  uint64_t offset = 0;                   // in elements
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;
  bool requires_grad = false;
};

// FAILED_PRECONDITION: a kind of tensor that is not read (sparse, nested, meta, wrapper subclass,
// conjugated); the message names it. INVALID_ARGUMENT: its numbers make no sense.
absl::StatusOr<TensorLayout> ReadTensorLayout(const BareTensor& tensor);

// Its elements, when it lies within a storage of `bytes` bytes called `name`. INVALID_ARGUMENT: it
// does not, or stands for far more than is stored.
absl::StatusOr<uint64_t> CheckTensorExtent(const TensorLayout& tensor, const TorchDtype& dtype,
                                           uint64_t bytes, std::string_view name);

// A tuple or torch.Size of non-negative numbers. `what` is for messages.
absl::StatusOr<std::vector<int64_t>> ReadDimensions(const PickleValue& value,
                                                    std::string_view what);

// torch.float32 and so on.
absl::StatusOr<const TorchDtype*> ReadTorchDtype(const PickleValue& value);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_TENSOR_LAYOUT_H_
