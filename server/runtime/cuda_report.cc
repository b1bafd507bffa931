#include "server/runtime/cuda_report.h"

#include <optional>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/runtime/input_addresses.h"

namespace sconce {
namespace {

std::string CudaText(int version) {
  return absl::StrFormat("%d.%d", version / 1000, version % 1000 / 10);
}

std::string GpusText(const std::vector<Gpu>& gpus) {
  size_t index = 0;
  const auto append = [&index](std::string* out, const Gpu& gpu) {
    out->append(absl::StrFormat("cuda:%d %s, %d GiB", index++, gpu.name, gpu.bytes >> 30));
  };
  return absl::StrJoin(gpus, "; ", append);
}

std::string ThereText(const CudaReport& report) {
  return absl::StrFormat("%s; the driver supports CUDA %s", GpusText(report.gpus),
                         CudaText(report.driver_cuda));
}

// What is there and what is missing.
std::string FindingText(const CudaReport& report) {
  switch (report.state) {
    case CudaState::kNoDriver:
      return absl::StrFormat("no NVIDIA driver here (%s)", report.detail);
    case CudaState::kNoGpu:
      return absl::StrFormat("the NVIDIA driver (CUDA %s) finds no GPU (%s)",
                             CudaText(report.driver_cuda), report.detail);
    case CudaState::kDriverTooOld:
      return absl::StrFormat("here is %s, but LibTorch needs CUDA %d.0 or newer", ThereText(report),
                             report.torch_cuda / 1000);
    case CudaState::kMissingLibrary:
      return absl::StrFormat("here is %s, but LibTorch's GPU libraries are not complete (%s)",
                             ThereText(report), report.detail);
    case CudaState::kUnusable:
      return absl::StrFormat("here is %s, but LibTorch can't use it (%s)", ThereText(report),
                             report.detail);
    case CudaState::kReady:
      return absl::StrFormat("here is %s", ThereText(report));
  }
  return "";
}

std::string AdviceText(CudaState state) {
  switch (state) {
    case CudaState::kNoDriver:
      return "Install the NVIDIA driver (in a container: start it with --gpus all), then run "
             "deploy/setup.sh --gpu for LibTorch's GPU libraries";
    case CudaState::kNoGpu:
      return "See what nvidia-smi says; in a container, start it with --gpus all, and look at "
             "CUDA_VISIBLE_DEVICES";
    case CudaState::kDriverTooOld:
      return "Install a newer NVIDIA driver";
    case CudaState::kMissingLibrary:
      return "Run deploy/setup.sh --gpu";
    default:
      return "See what nvidia-smi says";
  }
}

absl::StatusOr<c10::Device> ResolveGpu(std::string_view name, size_t index,
                                       const CudaReport& report) {
  if (report.state != CudaState::kReady) {
    return absl::FailedPreconditionError(
        absl::StrFormat("device %s: %s. %s, or use the device cpu.", name, FindingText(report),
                        AdviceText(report.state)));
  }
  if (index >= report.gpus.size()) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "device %s: this machine has %d GPU%s (%s). Use one of them, or the device cpu.", name,
        report.gpus.size(), report.gpus.size() == 1 ? "" : "s", GpusText(report.gpus)));
  }
  return c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
}

// 0 for "cuda", N for "cuda:N".
std::optional<size_t> ParseGpu(std::string_view name) {
  constexpr std::string_view kCuda = "cuda";
  if (name == kCuda) return 0;
  if (name.substr(0, kCuda.size() + 1) != "cuda:") return std::nullopt;
  return ParseIndex(name.substr(kCuda.size() + 1));
}

}  // namespace

absl::StatusOr<c10::Device> ResolveDevice(std::string_view name, const CudaReport& report) {
  if (name == "cpu") return c10::Device(c10::DeviceType::CPU);
  if (name.empty() || name == "auto") {
    const bool gpu = report.state == CudaState::kReady && !report.gpus.empty();
    return gpu ? c10::Device(c10::DeviceType::CUDA, 0) : c10::Device(c10::DeviceType::CPU);
  }
  if (const auto index = ParseGpu(name)) return ResolveGpu(name, *index, report);
  return absl::InvalidArgumentError(
      absl::StrFormat("device \"%s\": expected is cpu, cuda, cuda:N or auto", name));
}

std::string Describe(const CudaReport& report) {
  if (report.state == CudaState::kReady) return ThereText(report);
  return absl::StrFormat("no usable GPU: %s", FindingText(report));
}

}  // namespace sconce
