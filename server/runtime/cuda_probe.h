// Asks this machine for CUDA, and opens LibTorch's half of it.

#ifndef SCONCE_SERVER_RUNTIME_CUDA_PROBE_H_
#define SCONCE_SERVER_RUNTIME_CUDA_PROBE_H_

#include <string>

#include "server/runtime/cuda_report.h"

namespace sconce {

// Where libtorch_cuda.so belongs: beside the libtorch_cpu.so of this process. Empty when that is
// not loaded.
std::string TorchCudaPath();

// Opens libtorch_cuda.so if there is a GPU for it. Once, before anything asks LibTorch for CUDA.
CudaReport ProbeCuda();

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_CUDA_PROBE_H_
