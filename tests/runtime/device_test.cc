#include "server/runtime/device.h"

#include <filesystem>
#include <string>

#include "server/runtime/cuda_probe.h"
#include "server/runtime/cuda_report.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr uint64_t kGiB = uint64_t{1} << 30;

CudaReport Machine(CudaState state, std::string detail = "") {
  CudaReport report;
  report.state = state;
  report.detail = std::move(detail);
  report.driver_cuda = 12040;
  report.torch_cuda = 13020;
  if (state != CudaState::kNoDriver && state != CudaState::kNoGpu) {
    report.gpus = {{"NVIDIA H200", 139 * kGiB}, {"NVIDIA T4", 15 * kGiB}};
  }
  return report;
}

TEST(ResolveDevice, KnowsTheCpuEverywhere) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const c10::Device device, ResolveDevice("cpu"));
  EXPECT_TRUE(device.is_cpu());
}

TEST(ResolveDevice, AutoTakesTheFirstGpuThatWorksElseTheCpu) {
  for (const char* name : {"", "auto"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(auto device, ResolveDevice(name, Machine(CudaState::kReady)));
    EXPECT_EQ(device.str(), "cuda:0");
    for (const CudaState state : {CudaState::kNoDriver, CudaState::kMissingLibrary}) {
      SCONCE_ASSERT_OK_AND_ASSIGN(device, ResolveDevice(name, Machine(state)));
      EXPECT_EQ(device.str(), "cpu");
    }
  }
}

TEST(ResolveDevice, FindsGpusByNumber) {
  SCONCE_ASSERT_OK_AND_ASSIGN(auto device, ResolveDevice("cuda", Machine(CudaState::kReady)));
  EXPECT_EQ(device.str(), "cuda:0");
  SCONCE_ASSERT_OK_AND_ASSIGN(device, ResolveDevice("cuda:1", Machine(CudaState::kReady)));
  EXPECT_EQ(device.str(), "cuda:1");
}

TEST(ResolveDevice, TellsWhichGpusThereAre) {
  for (const char* name : {"cuda:2", "cuda:99999"}) {
    EXPECT_THAT(ResolveDevice(name, Machine(CudaState::kReady)),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         AllOf(HasSubstr(name), HasSubstr("2 GPUs"),
                               HasSubstr("cuda:0 NVIDIA H200, 139 GiB"))));
  }
}

TEST(ResolveDevice, RefusesWhatIsNoDevice) {
  for (const char* name : {"gpu", "CUDA", "cuda:", "cuda:-1", "cuda:x", "cuda0", "cpu:0", "mps"}) {
    EXPECT_THAT(ResolveDevice(name, Machine(CudaState::kReady)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr(name), HasSubstr("cpu, cuda, cuda:N or auto"))));
  }
}

TEST(ResolveDevice, NamesTheMissingDriver) {
  EXPECT_THAT(
      ResolveDevice("cuda:0", Machine(CudaState::kNoDriver, "libcuda.so.1: cannot open")),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(HasSubstr("cuda:0"), HasSubstr("no NVIDIA driver"),
                     HasSubstr("libcuda.so.1: cannot open"), HasSubstr("deploy/setup.sh --gpu"))));
}

TEST(ResolveDevice, NamesTheMissingLibraryAndTheCommand) {
  EXPECT_THAT(
      ResolveDevice("cuda", Machine(CudaState::kMissingLibrary,
                                    "libcublas.so.13: cannot open shared object file")),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(HasSubstr("NVIDIA H200"), HasSubstr("driver supports CUDA 12.4"),
                     HasSubstr("libcublas.so.13"), HasSubstr("Run deploy/setup.sh --gpu"))));
}

TEST(ResolveDevice, NamesAnOldDriverAndADriverWithoutGpus) {
  EXPECT_THAT(ResolveDevice("cuda", Machine(CudaState::kDriverTooOld)),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("supports CUDA 12.4"), HasSubstr("needs CUDA 13.0"),
                             HasSubstr("newer NVIDIA driver"))));
  EXPECT_THAT(ResolveDevice("cuda", Machine(CudaState::kNoGpu, "CUDA error 100")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("finds no GPU"), HasSubstr("CUDA error 100"))));
}

TEST(DescribeDevices, IsOneLineAboutCpusAndGpus) {
  OpenCuda();
  EXPECT_THAT(DescribeDevices(), AllOf(HasSubstr("CPU"), HasSubstr("GPU")));
  EXPECT_EQ(DescribeDevices().find('\n'), std::string::npos);
  EXPECT_EQ(Describe(Machine(CudaState::kReady)),
            "cuda:0 NVIDIA H200, 139 GiB; cuda:1 NVIDIA T4, 15 GiB; the driver supports CUDA 12.4");
}

TEST(TorchCudaPath, LiesBesideLibtorchCpu) {
  const std::filesystem::path path = TorchCudaPath();
  EXPECT_EQ(path.filename(), "libtorch_cuda.so");
  EXPECT_TRUE(std::filesystem::exists(path.parent_path() / "libtorch_cpu.so")) << path;
}

}  // namespace
}  // namespace sconce
