#include "server/repository/folder_path.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

namespace fs = std::filesystem;

absl::Status FileError(const std::string& path, const std::error_code& error) {
  return absl::ErrnoToStatus(error.value(), path);
}

bool IsInside(const fs::path& folder, const fs::path& path) {
  const auto [folder_end, unused] =
      std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return folder_end == folder.end() && path != folder;
}

absl::Status Outside(const OpenedFolder& folder, const std::string& path, const fs::path& real) {
  return absl::InvalidArgumentError(
      absl::StrFormat("\"%s\" leads to %s, which is not inside the folder that %s names (%s); "
                      "expected a path relative to that folder, or absolute and inside it",
                      path, real.string(), folder.flag, folder.path));
}

absl::Status CheckText(const std::string& path) {
  if (path.empty()) return absl::InvalidArgumentError("the path is empty");
  if (path.find('\0') != std::string::npos) {
    return absl::InvalidArgumentError("the path has a zero byte");
  }
  return absl::OkStatus();
}

// Where `path` leads, links followed as far as there is something.
absl::StatusOr<fs::path> ResolveNew(const OpenedFolder& folder, const std::string& path) {
  SCONCE_RETURN_IF_ERROR(CheckText(path));
  std::error_code error;
  fs::path real = fs::weakly_canonical(fs::path(folder.path) / path, error);
  if (error) return FileError(path, error);
  if (!IsInside(folder.path, real)) return Outside(folder, path, real);
  return real;
}

// A link to nothing counts as missing to ResolveNew; followed by the system, it could lead outside.
// So the folders on the way are made, and looked at again.
absl::StatusOr<std::string> WithRealParent(const OpenedFolder& folder, const std::string& path,
                                           const fs::path& real) {
  std::error_code error;
  fs::create_directories(real.parent_path(), error);
  if (error) return FileError(real.parent_path().string(), error);
  const fs::path parent = fs::canonical(real.parent_path(), error);
  if (error) return FileError(real.parent_path().string(), error);
  if (parent != folder.path && !IsInside(folder.path, parent)) {
    return Outside(folder, path, parent);
  }
  return (parent / real.filename()).string();
}

}  // namespace

absl::StatusOr<OpenedFolder> OpenFolder(const std::string& path, const std::string& flag) {
  SCONCE_RETURN_IF_ERROR(CheckText(path));
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) return FileError(absl::StrFormat("%s %s", flag, path), error);
  if (!fs::is_directory(real, error)) {
    return absl::InvalidArgumentError(absl::StrFormat("%s %s is no folder", flag, path));
  }
  fs::directory_iterator readable(real, error);
  if (error) return FileError(absl::StrFormat("%s %s", flag, path), error);
  return OpenedFolder{.path = real.string(), .flag = flag};
}

absl::StatusOr<std::string> ResolveExisting(const OpenedFolder& folder, const std::string& path) {
  SCONCE_RETURN_IF_ERROR(CheckText(path));
  std::error_code error;
  const fs::path named = fs::path(folder.path) / path;  // an absolute path replaces the folder
  // Asked first, so that nobody learns what exists outside.
  const fs::path likely = fs::weakly_canonical(named, error);
  if (error) return FileError(path, error);
  if (!IsInside(folder.path, likely)) return Outside(folder, path, likely);
  const fs::path real = fs::canonical(named, error);
  if (error) return FileError(named.string(), error);
  if (!IsInside(folder.path, real)) return Outside(folder, path, real);
  return real.string();
}

absl::StatusOr<std::string> ResolveFile(const OpenedFolder& folder, const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const std::string real, ResolveExisting(folder, path));
  std::error_code error;
  if (fs::is_directory(real, error)) {
    return absl::InvalidArgumentError(absl::StrFormat("%s is a folder; expected a file", real));
  }
  if (!fs::is_regular_file(real, error)) {
    return absl::InvalidArgumentError(absl::StrFormat("%s is no regular file", real));
  }
  return real;
}

absl::StatusOr<std::string> ResolveNewFile(const OpenedFolder& folder, const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(const fs::path real, ResolveNew(folder, path));
  std::error_code error;
  if (!real.has_filename() || fs::is_directory(real, error)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s is a folder; expected the name of a file", real.string()));
  }
  return WithRealParent(folder, path, real);
}

absl::StatusOr<std::string> ResolveNewFolder(const OpenedFolder& folder, const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(fs::path real, ResolveNew(folder, path));
  if (!real.has_filename()) real = real.parent_path();  // "runs/"
  return WithRealParent(folder, path, real);
}

}  // namespace sconce
