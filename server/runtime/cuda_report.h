// What this machine offers to CUDA, and what to tell people who ask for a GPU. Pure: the machine is
// asked by ProbeCuda.

#ifndef SCONCE_SERVER_RUNTIME_CUDA_REPORT_H_
#define SCONCE_SERVER_RUNTIME_CUDA_REPORT_H_

#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace sconce {

// How far the way to the GPU goes.
enum class CudaState {
  kNoDriver,        // libcuda.so.1 does not open
  kNoGpu,           // the driver finds none
  kDriverTooOld,    // for the CUDA that LibTorch was built with
  kMissingLibrary,  // libtorch_cuda or one it needs does not open
  kUnusable,        // LibTorch's CUDA half is open and sees no GPU
  kReady,
};

struct Gpu {
  std::string name;
  uint64_t bytes = 0;
};

struct CudaReport {
  CudaState state = CudaState::kNoDriver;
  // The loader's or the driver's own words about what is missing.
  std::string detail;
  // As CUDA counts: 13020 is 13.2. The newest that the driver supports, and LibTorch's own.
  int driver_cuda = 0;
  int torch_cuda = 0;
  // Those that the driver finds, usable or not.
  std::vector<Gpu> gpus;
};

// ResolveDevice on a machine of which `report` is true.
absl::StatusOr<c10::Device> ResolveDevice(std::string_view name, const CudaReport& report);

// "no GPU: no NVIDIA driver (...)" or "cuda:0 NVIDIA H200, 139 GiB; the driver supports CUDA 13.2".
std::string Describe(const CudaReport& report);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_CUDA_REPORT_H_
