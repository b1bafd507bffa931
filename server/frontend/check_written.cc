// CheckWritten of load_model.h.

#include <filesystem>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/torch_file.h"
#include "server/formats/weights_file.h"
#include "server/frontend/load_model.h"
#include "server/frontend/torchscript/archive_loader.h"
#include "server/frontend/torchscript/read_file.h"

namespace sconce {
namespace {

absl::Status ReadArchive(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  return LoadArchive(bytes).status();
}

absl::Status ReadTorchFile(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(auto source, ByteSource::OpenFile(path));
  SCONCE_ASSIGN_OR_RETURN(const auto file, TorchFile::Open(std::move(source)));
  return file->Digest().status();
}

absl::Status ReadSafetensors(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const auto file, WeightsFile::Open(path, {}));
  return file->Digest().status();
}

absl::Status ReadBack(CheckpointFormat format, const std::string& path) {
  switch (format) {
    case CheckpointFormat::kTorchScript:
      return ReadArchive(path);
    case CheckpointFormat::kSafetensors:
      return ReadSafetensors(path);
    default:
      return ReadTorchFile(path);
  }
}

}  // namespace

absl::Status CheckWritten(CheckpointFormat format, const std::string& path) {
  const absl::Status status = ReadBack(format, path);
  if (status.ok()) return status;
  return absl::InternalError(absl::StrFormat("what was just written to %s does not read back: %s",
                                             path, status.message()));
}

}  // namespace sconce
