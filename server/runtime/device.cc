#include "server/runtime/device.h"

#include "absl/strings/str_format.h"
#include "server/runtime/cuda_probe.h"
#include "server/runtime/cuda_report.h"
#include "server/runtime/thread_budget.h"

namespace sconce {
namespace {

const CudaReport& Report() {
  // Never destroyed: threads may still ask while the process ends.
  static const auto* const report = new CudaReport(ProbeCuda());
  return *report;
}

}  // namespace

void OpenCuda() { Report(); }

absl::StatusOr<c10::Device> ResolveDevice(std::string_view name) {
  return ResolveDevice(name, Report());
}

std::string DescribeDevices() {
  const int cpus = AvailableCpus();
  return absl::StrFormat("%d CPU%s; %s", cpus, cpus == 1 ? "" : "s", Describe(Report()));
}

}  // namespace sconce
