// CheckWritten of load_model.h.

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/checkpoint/read_back.h"
#include "server/frontend/load_model.h"
#include "server/frontend/torchscript/archive_loader.h"
#include "server/frontend/torchscript/read_file.h"

namespace sconce {
namespace {

absl::Status ReadArchive(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  return LoadArchive(bytes).status();
}

}  // namespace

absl::Status CheckWritten(CheckpointFormat format, const std::string& path) {
  if (format != CheckpointFormat::kTorchScript) return ReadBack(format, path);
  const absl::Status status = ReadArchive(path);
  if (status.ok()) return status;
  return absl::InternalError(absl::StrFormat("what was just written to %s does not read back: %s",
                                             path, status.message()));
}

}  // namespace sconce
