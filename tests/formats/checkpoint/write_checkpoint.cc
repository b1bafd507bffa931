// write_checkpoint IN OUT FORMAT [--dtype D] [--shard-bytes N] [--values JSON] [--weights-key K]:
// the writers of this folder as a program, for tests in Python.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/checkpoint/checkpoint_writer.h"
#include "server/formats/io/atomic_output.h"

namespace sconce {
namespace {

absl::StatusOr<CheckpointFormat> FormatOf(std::string_view name) {
  if (name == "state_dict") return CheckpointFormat::kStateDict;
  if (name == "checkpoint") return CheckpointFormat::kCheckpoint;
  if (name == "safetensors") return CheckpointFormat::kSafetensors;
  return absl::InvalidArgumentError(absl::StrFormat("no format \"%s\"", name));
}

absl::Status Run(int count, char** arguments) {
  if (count < 4) return absl::InvalidArgumentError("write_checkpoint IN OUT FORMAT [--flag VALUE]");
  WriteOptions options;
  WeightsOptions weights_options;
  SCONCE_ASSIGN_OR_RETURN(options.format, FormatOf(arguments[3]));
  for (int i = 4; i + 1 < count; i += 2) {
    const std::string_view flag = arguments[i];
    if (flag == "--dtype") options.dtype = FindDtype(arguments[i + 1]);
    if (flag == "--shard-bytes") options.shard_bytes = std::strtoull(arguments[i + 1], nullptr, 10);
    if (flag == "--values") options.values_json = arguments[i + 1];
    if (flag == "--weights-key") weights_options.weights_key = arguments[i + 1];
  }
  SCONCE_ASSIGN_OR_RETURN(auto weights, WeightsFile::Open(arguments[1], weights_options));
  SCONCE_ASSIGN_OR_RETURN(auto out, WritesFolder(options) ? AtomicOutput::ForFolder(arguments[2])
                                                          : AtomicOutput::ForFile(arguments[2]));
  SCONCE_RETURN_IF_ERROR(WriteCheckpoint(*weights, options, *out));
  SCONCE_ASSIGN_OR_RETURN(const auto written, out->Commit());
  for (const WrittenFile& file : written) {
    std::printf("%s %llu %s\n", file.name.c_str(), static_cast<unsigned long long>(file.bytes),
                file.sha256.c_str());
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace sconce

int main(int count, char** arguments) {
  const absl::Status status = sconce::Run(count, arguments);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}
