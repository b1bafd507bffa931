// A file or folder under a name of our own, beside the path it will be renamed to: what makes a
// checkpoint appear whole or not at all.

#ifndef SCONCE_SERVER_FORMATS_IO_TEMPORARY_PATH_H_
#define SCONCE_SERVER_FORMATS_IO_TEMPORARY_PATH_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce {

// Removed with what is in it, unless it was renamed. Locked (flock) while it lives, so that what a
// killed process left behind can be told from what another one is still writing, also when they run
// in containers with process ids of their own. Confined to one thread.
class TemporaryPath {
 public:
  enum class Kind { kFile, kFolder };

  // "PATH.PID-N.partial", empty. What dead writers of the same `path` left is removed first.
  // NOT_FOUND: its folder isn't there. Else as FileError.
  static absl::StatusOr<std::unique_ptr<TemporaryPath>> Beside(const std::string& path, Kind kind);
  ~TemporaryPath();
  TemporaryPath(const TemporaryPath&) = delete;
  TemporaryPath& operator=(const TemporaryPath&) = delete;

  const std::string& name() const { return name_; }

  // Takes the place of `path`, for ever: the folder it is in is flushed. A folder that is there
  // changes places with this one, in one step, and is then removed.
  absl::Status ReplaceFile(const std::string& path);
  absl::Status ReplaceFolder(const std::string& path);

 private:
  TemporaryPath(std::string name, int lock) : name_(std::move(name)), lock_(lock) {}

  const std::string name_;
  int lock_;
  bool moved_ = false;
};

// A checkpoint in a folder is files of these names and nothing else.
bool IsCheckpointFileName(std::string_view name);

// OK: nothing is there, or an empty folder, or one that holds checkpoint files only.
// FAILED_PRECONDITION names what else is there.
absl::Status CheckReplaceableFolder(const std::string& path);

// Makes the contents of a file, or the names in a folder, survive a loss of power.
absl::Status FlushFile(const std::string& path);
absl::Status FlushFolder(const std::string& path);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_TEMPORARY_PATH_H_
