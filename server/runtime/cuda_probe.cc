#include "server/runtime/cuda_probe.h"

#include <ATen/detail/CUDAHooksInterface.h>
#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/runtime/torch_call.h"

namespace sconce {
namespace {

// The driver's own interface (cuda.h is not needed to build): results are 0 or an error number.
using Init = int (*)(unsigned flags);
using GetNumber = int (*)(int* number);
using GetDevice = int (*)(int* device, int ordinal);
using GetName = int (*)(char* name, int length, int device);
using GetMemory = int (*)(size_t* bytes, int device);
using GetErrorText = int (*)(int error, const char** text);

template <typename Function>
Function Find(void* library, const char* name) {
  return reinterpret_cast<Function>(dlsym(library, name));
}

std::string LoaderError() {
  const char* error = dlerror();
  return error == nullptr ? "unknown error" : error;
}

// Calls a function of the driver; one that it lacks counts as CUDA_ERROR_NOT_FOUND.
template <typename Function, typename... Args>
int Call(void* library, const char* name, Args... args) {
  const auto function = Find<Function>(library, name);
  return function == nullptr ? 500 : function(args...);
}

std::string ErrorText(void* driver, int error) {
  const char* text = nullptr;
  if (Call<GetErrorText>(driver, "cuGetErrorString", error, &text) != 0 || text == nullptr) {
    return absl::StrFormat("CUDA error %d", error);
  }
  return absl::StrFormat("CUDA error %d, %s", error, text);
}

Gpu DescribeGpu(void* driver, int ordinal) {
  Gpu gpu;
  int device = 0;
  std::array<char, 256> name{};
  size_t bytes = 0;
  if (Call<GetDevice>(driver, "cuDeviceGet", &device, ordinal) != 0) return gpu;
  Call<GetName>(driver, "cuDeviceGetName", name.data(), static_cast<int>(name.size() - 1), device);
  Call<GetMemory>(driver, "cuDeviceTotalMem_v2", &bytes, device);
  gpu.name = name.data();
  gpu.bytes = bytes;
  return gpu;
}

// False: the way ends here, and `report` says why.
bool AskDriver(CudaReport& report) {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
  if (driver == nullptr) {
    report.detail = LoaderError();
    return false;
  }
  report.state = CudaState::kNoGpu;
  Call<GetNumber>(driver, "cuDriverGetVersion", &report.driver_cuda);
  int count = 0;
  int error = Call<Init>(driver, "cuInit", 0U);
  if (error == 0) error = Call<GetNumber>(driver, "cuDeviceGetCount", &count);
  if (error != 0 || count == 0) {
    report.detail = error == 0 ? "it counts 0" : ErrorText(driver, error);
    return false;
  }
  for (int i = 0; i < count; ++i) report.gpus.push_back(DescribeGpu(driver, i));
  return true;
}

// Within a major version, CUDA programs run on older drivers.
bool CheckVersions(CudaReport& report) {
  const auto version = Find<GetNumber>(RTLD_DEFAULT, "cudaRuntimeGetVersion");
  if (version != nullptr) version(&report.torch_cuda);
  if (report.driver_cuda / 1000 >= report.torch_cuda / 1000) return true;
  report.state = CudaState::kDriverTooOld;
  return false;
}

bool OpenTorchCuda(CudaReport& report) {
  report.state = CudaState::kMissingLibrary;
  const std::string path = TorchCudaPath();
  if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return true;
  report.detail = LoaderError();
  return false;
}

void AskTorch(CudaReport& report) {
  const auto count = CallTorch([] {
    return at::detail::getCUDAHooks().hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
  });
  if (!count.ok() || *count == 0) {
    report.state = CudaState::kUnusable;
    report.detail = count.ok() ? "it counts 0 GPUs" : std::string(count.status().message());
    return;
  }
  report.state = CudaState::kReady;
  report.gpus.resize(std::min<size_t>(report.gpus.size(), *count));
}

}  // namespace

std::string TorchCudaPath() {
  void* torch = dlopen("libtorch_cpu.so", RTLD_NOLOAD | RTLD_LAZY);
  if (torch == nullptr) return "";
  link_map* map = nullptr;
  const bool found = dlinfo(torch, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr;
  const std::filesystem::path path = found ? map->l_name : "";
  dlclose(torch);
  return path.parent_path() / "libtorch_cuda.so";
}

CudaReport ProbeCuda() {
  CudaReport report;
  if (AskDriver(report) && CheckVersions(report) && OpenTorchCuda(report)) AskTorch(report);
  return report;
}

}  // namespace sconce
