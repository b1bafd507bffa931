// Devices: what --device, config.pbtxt and LoadModel name, and what this machine has.

#ifndef SCONCE_SERVER_RUNTIME_DEVICE_H_
#define SCONCE_SERVER_RUNTIME_DEVICE_H_

#include <c10/core/Device.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce {

// Opens LibTorch's CUDA half when it and a driver are there. Must be main's first act: LibTorch
// caches for ever the answer to "is there CUDA?" that it gave before. Without a GPU it does
// nothing; ResolveDevice tells why when asked.
void OpenCuda();

// "cpu", "cuda" (cuda:0), "cuda:N"; "auto" (or "") is cuda:0 where CUDA works, else the CPU.
// INVALID_ARGUMENT: not a device name. FAILED_PRECONDITION: no such GPU here; the message says what
// is there, which driver or library is missing, and the command that installs it.
absl::StatusOr<c10::Device> ResolveDevice(std::string_view name);

// One line about this machine's accelerators, for the log.
std::string DescribeDevices();

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_DEVICE_H_
