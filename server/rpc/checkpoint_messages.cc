#include "server/rpc/checkpoint_messages.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/tensors/torch_dtype.h"

namespace sconce {
namespace {

absl::StatusOr<CheckpointFormat> FormatOf(v1::CheckpointFormat format) {
  switch (format) {
    case v1::CHECKPOINT_FORMAT_TORCHSCRIPT:
      return CheckpointFormat::kTorchScript;
    case v1::CHECKPOINT_FORMAT_STATE_DICT:
      return CheckpointFormat::kStateDict;
    case v1::CHECKPOINT_FORMAT_CHECKPOINT:
      return CheckpointFormat::kCheckpoint;
    case v1::CHECKPOINT_FORMAT_SAFETENSORS:
      return CheckpointFormat::kSafetensors;
    default:
      return absl::InvalidArgumentError(absl::StrFormat(
          "format is %d, which is not one to write; there are CHECKPOINT_FORMAT_TORCHSCRIPT (1), "
          "CHECKPOINT_FORMAT_STATE_DICT (2), CHECKPOINT_FORMAT_CHECKPOINT (3) and "
          "CHECKPOINT_FORMAT_SAFETENSORS (4)",
          static_cast<int>(format)));
  }
}

absl::StatusOr<const TorchDtype*> DtypeOf(const std::string& name, CheckpointFormat format) {
  if (name.empty()) return nullptr;
  if (name != "float32" && name != "float16" && name != "bfloat16") {
    return absl::InvalidArgumentError(absl::StrFormat(
        "options.dtype is \"%s\"; expected float32, float16, bfloat16, or nothing for the weights "
        "as they are",
        name));
  }
  if (format == CheckpointFormat::kTorchScript) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "options.dtype is \"%s\"; a TorchScript archive is saved as it was loaded, and takes none",
        name));
  }
  return FindDtype(name);
}

// "model.safetensors.index.json"
bool IsIndex(const std::string& name) { return name.ends_with(".index.json"); }

}  // namespace

absl::StatusOr<WriteOptions> WriteOptionsOf(v1::CheckpointFormat format,
                                            const v1::CheckpointOptions& options) {
  WriteOptions write;
  SCONCE_ASSIGN_OR_RETURN(write.format, FormatOf(format));
  SCONCE_ASSIGN_OR_RETURN(write.dtype, DtypeOf(options.dtype(), write.format));
  if (options.shard_bytes() != 0 && write.format != CheckpointFormat::kSafetensors) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "options.shard_bytes is %d; only CHECKPOINT_FORMAT_SAFETENSORS is written in shards",
        options.shard_bytes()));
  }
  if (!options.values_json().empty() && write.format != CheckpointFormat::kCheckpoint) {
    return absl::InvalidArgumentError(
        "options.values_json: only CHECKPOINT_FORMAT_CHECKPOINT holds values beside the weights");
  }
  write.shard_bytes = options.shard_bytes();
  write.values_json = options.values_json();
  return write;
}

v1::SavedFile SavedFileOf(const WrittenFile& file) {
  v1::SavedFile message;
  message.set_name(file.name);
  message.set_bytes(file.bytes);
  message.set_sha256(file.sha256);
  return message;
}

v1::SaveCheckpointResponse SaveCheckpointResponseOf(const Repository::SavedCheckpoint& saved) {
  v1::SaveCheckpointResponse response;
  response.set_path(saved.path);
  uint64_t bytes = 0;
  for (const WrittenFile& file : saved.files) {
    bytes += file.bytes;
    if (response.sha256().empty() || IsIndex(file.name)) response.set_sha256(file.sha256);
    *response.add_files() = SavedFileOf(file);
  }
  response.set_bytes(bytes);
  return response;
}

}  // namespace sconce
