// Paths that callers name, held inside the folder that the operator opened to them.

#ifndef SCONCE_SERVER_REPOSITORY_FOLDER_PATH_H_
#define SCONCE_SERVER_REPOSITORY_FOLDER_PATH_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce {

// A folder as callers know it: `flag` is the daemon's option that names it ("--models").
struct OpenedFolder {
  std::string path;  // canonical
  std::string flag;
};

// NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT (no folder): it can't be opened.
absl::StatusOr<OpenedFolder> OpenFolder(const std::string& path, const std::string& flag);

// The canonical path of a regular file. `path` is relative to the folder, or absolute and inside
// it, symbolic links followed. INVALID_ARGUMENT: it leads outside, or is no regular file.
// NOT_FOUND, PERMISSION_DENIED: there is no such file, or it can't be reached.
absl::StatusOr<std::string> ResolveFile(const OpenedFolder& folder, const std::string& path);

// The same for a file or a folder.
absl::StatusOr<std::string> ResolveExisting(const OpenedFolder& folder, const std::string& path);

// The path of a file to be written, under the same rule; folders on the way are made. A file that
// is there already may be replaced. INVALID_ARGUMENT: it leads outside, or names a folder.
absl::StatusOr<std::string> ResolveNewFile(const OpenedFolder& folder, const std::string& path);

// The same for a folder of files, which may be there already or not.
absl::StatusOr<std::string> ResolveNewFolder(const OpenedFolder& folder, const std::string& path);

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_FOLDER_PATH_H_
