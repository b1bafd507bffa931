// Save and Pull: a serving version, as it was loaded, to the checkpoint folder or to the caller.

#include <filesystem>
#include <numeric>
#include <system_error>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/checkpoint/checkpoint_writer.h"
#include "server/formats/io/atomic_output.h"
#include "server/frontend/load_model.h"
#include "server/repository/folder_repository.h"
#include "server/telemetry/log.h"

namespace sconce {
namespace {

constexpr char kFlag[] = "--checkpoints";

absl::StatusOr<OpenedFolder> OpenCheckpoints(const std::string& path) {
  if (path.empty()) {
    return absl::FailedPreconditionError(
        "the daemon has no folder to save checkpoints in; start it with --checkpoints DIR");
  }
  // Made when it is first needed; OpenFolder says what is wrong with it.
  std::error_code ignored;
  std::filesystem::create_directories(path, ignored);
  return OpenFolder(path, kFlag);
}

absl::Status CheckSavable(const ServingVersion& serving) {
  if (serving.savable != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "model \"%s\" version %d is of a kind that can't be saved", serving.name, serving.version));
}

absl::StatusOr<std::unique_ptr<AtomicOutput>> OpenOutput(const OpenedFolder& checkpoints,
                                                         const WriteOptions& options,
                                                         const std::string& path,
                                                         std::string& target) {
  if (WritesFolder(options)) {
    SCONCE_ASSIGN_OR_RETURN(target, ResolveNewFolder(checkpoints, path));
    return AtomicOutput::ForFolder(target);
  }
  SCONCE_ASSIGN_OR_RETURN(target, ResolveNewFile(checkpoints, path));
  return AtomicOutput::ForFile(target);
}

uint64_t BytesOf(const std::vector<WrittenFile>& files) {
  return std::accumulate(files.begin(), files.end(), uint64_t{0},
                         [](uint64_t sum, const WrittenFile& file) { return sum + file.bytes; });
}

}  // namespace

absl::StatusOr<Repository::SavedCheckpoint> FolderRepository::Save(std::string_view name,
                                                                   int64_t version,
                                                                   const WriteOptions& options,
                                                                   const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const OpenedFolder folder, OpenCheckpoints(options_.checkpoints_dir));
  // Held until the checkpoint is whole: an unload waits for it.
  SCONCE_ASSIGN_OR_RETURN(const auto serving, Find(name, version));
  SCONCE_RETURN_IF_ERROR(CheckSavable(*serving));
  SavedCheckpoint saved;
  SCONCE_ASSIGN_OR_RETURN(const auto output, OpenOutput(folder, options, path, saved.path));
  SCONCE_RETURN_IF_ERROR(serving->savable->Save(options, *output));
  SCONCE_RETURN_IF_ERROR(output->Finish());
  SCONCE_RETURN_IF_ERROR(options_.check_written(options.format, output->temporary()));
  SCONCE_ASSIGN_OR_RETURN(saved.files, output->Commit());
  LogInfo("checkpoint saved", {{"model", serving->name},
                               {"version", serving->version},
                               {"path", saved.path},
                               {"bytes", BytesOf(saved.files)}});
  return saved;
}

absl::Status FolderRepository::Pull(std::string_view name, int64_t version,
                                    const WriteOptions& options, OutputFiles& out) {
  std::shared_ptr<SavableModel> savable;
  {
    SCONCE_ASSIGN_OR_RETURN(const auto serving, Find(name, version));
    SCONCE_RETURN_IF_ERROR(CheckSavable(*serving));
    savable = serving->savable;
  }
  SCONCE_RETURN_IF_ERROR(savable->Save(options, out));
  return out.Finish();
}

}  // namespace sconce
