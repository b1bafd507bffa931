#include "server/formats/checkpoint/read_back.h"

#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/torch/torch_file.h"
#include "server/formats/weights/weights_file.h"

namespace sconce {
namespace {

// Not as weights: a checkpoint may hold several, and then only its reader can say which.
absl::Status ReadTorchFile(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(auto source, ByteSource::OpenFile(path));
  SCONCE_ASSIGN_OR_RETURN(const auto file, TorchFile::Open(std::move(source)));
  return file->Digest().status();
}

absl::Status ReadSafetensors(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const auto file, WeightsFile::Open(path, {}));
  return file->Digest().status();
}

}  // namespace

absl::Status ReadBack(CheckpointFormat format, const std::string& path) {
  absl::Status status =
      format == CheckpointFormat::kSafetensors ? ReadSafetensors(path) : ReadTorchFile(path);
  if (status.ok()) return status;
  return absl::InternalError(absl::StrFormat("what was just written to %s does not read back: %s",
                                             path, status.message()));
}

}  // namespace sconce
