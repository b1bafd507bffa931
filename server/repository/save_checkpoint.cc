// Save: a serving version, as it was loaded, to a file below the checkpoint folder.

#include <exception>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/atomic_file.h"
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

}  // namespace

absl::StatusOr<Repository::SavedCheckpoint> FolderRepository::Save(std::string_view name,
                                                                   int64_t version,
                                                                   CheckpointFormat format,
                                                                   const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const OpenedFolder folder, OpenCheckpoints(options_.checkpoints_dir));
  // Held until the file is whole: an unload waits for it.
  SCONCE_ASSIGN_OR_RETURN(const auto serving, Find(name, version));
  if (serving->savable == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrFormat("model \"%s\" version %d is of a kind that can't be saved", serving->name,
                        serving->version));
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string target, ResolveNewFile(folder, path));
  SCONCE_ASSIGN_OR_RETURN(const WrittenFile written,
                          WriteAtomically(target, [&](const std::string& temporary) {
                            return serving->savable->Save(format, temporary);
                          }));
  LogInfo("checkpoint saved", {{"model", serving->name},
                               {"version", serving->version},
                               {"path", target},
                               {"bytes", written.bytes}});
  return SavedCheckpoint{.path = target, .bytes = written.bytes, .sha256 = written.sha256};
}

}  // namespace sconce
