// The border to LibTorch's exceptions: a call in, a Status out.

#ifndef SCONCE_SERVER_RUNTIME_TORCH_CALL_H_
#define SCONCE_SERVER_RUNTIME_TORCH_CALL_H_

#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce {

// The exception being handled (call it in a catch block only) as a status with the first line of
// its message. RESOURCE_EXHAUSTED: out of memory, on the machine or the GPU. INTERNAL: all else.
absl::Status StatusOfTorchException();

template <typename T>
struct TorchResult {
  using type = absl::StatusOr<T>;
};
template <>
struct TorchResult<absl::Status> {
  using type = absl::Status;
};

// CallTorch([&] { return tensor.to(device); }): the result, or the exception as a status. The
// function may itself return a Status.
template <typename Function>
typename TorchResult<std::invoke_result_t<Function>>::type CallTorch(Function function) {
  try {
    return std::move(function)();
  } catch (...) {
    return StatusOfTorchException();
  }
}

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_TORCH_CALL_H_
