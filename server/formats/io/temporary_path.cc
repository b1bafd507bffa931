#include "server/formats/io/temporary_path.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/file_error.h"

namespace sconce {
namespace {

constexpr std::string_view kSuffix = ".partial";

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::StatusOr<std::vector<std::string>> NamesIn(const std::string& folder) {
  DIR* opened = ::opendir(folder.c_str());
  if (opened == nullptr) return FileError("opening", folder, errno);
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(opened)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  ::closedir(opened);
  return names;
}

bool IsRegularFile(const std::string& path) {
  struct stat info;
  return ::lstat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

// Only what a checkpoint is made of: whatever else somebody put there stays, and its folder too.
void RemoveCheckpoint(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return;
  const auto names = NamesIn(path);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    const std::string file = absl::StrFormat("%s/%s", path, name);
    if (IsCheckpointFileName(name) && IsRegularFile(file)) ::unlink(file.c_str());
  }
  ::rmdir(path.c_str());
}

bool Flush(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (fd < 0) return false;
  const bool flushed = ::fsync(fd) == 0;
  const int error = errno;
  ::close(fd);
  errno = error;
  return flushed;
}

// The lock on `path`, or -1: somebody writes it, or it is not there.
int Lock(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) return -1;
  struct stat locked;
  struct stat named;
  // Between making and locking it, somebody else may have taken it for a dead one.
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::fstat(fd, &locked) == 0 &&
      ::lstat(path.c_str(), &named) == 0 && locked.st_ino == named.st_ino &&
      locked.st_dev == named.st_dev) {
    return fd;
  }
  ::close(fd);
  return -1;
}

// "123-4" of "PATH.123-4.partial".
bool IsTemporaryNameOf(std::string_view base, std::string_view name) {
  if (name.size() <= base.size() + 1 + kSuffix.size() || name.substr(0, base.size()) != base ||
      name[base.size()] != '.' || name.substr(name.size() - kSuffix.size()) != kSuffix) {
    return false;
  }
  name.remove_prefix(base.size() + 1);
  name.remove_suffix(kSuffix.size());
  return std::count(name.begin(), name.end(), '-') == 1 &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c == '-' || absl::ascii_isdigit(c); });
}

void RemoveAbandoned(const std::string& path) {
  const std::string folder = FolderOf(path);
  const std::string base = path.substr(path.rfind('/') + 1);
  const auto names = NamesIn(folder);
  if (!names.ok()) return;  // making a new one says why
  for (const std::string& name : *names) {
    if (!IsTemporaryNameOf(base, name)) continue;
    const std::string abandoned = absl::StrFormat("%s/%s", folder, name);
    const int lock = Lock(abandoned);
    if (lock < 0) continue;
    RemoveCheckpoint(abandoned);
    ::close(lock);
  }
}

bool Make(const std::string& name, TemporaryPath::Kind kind) {
  if (kind == TemporaryPath::Kind::kFolder) return ::mkdir(name.c_str(), 0755) == 0;
  const int fd = ::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TemporaryPath>> TemporaryPath::Beside(const std::string& path,
                                                                     Kind kind) {
  static std::atomic<uint64_t> counter{0};
  RemoveAbandoned(path);
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string name = absl::StrFormat("%s.%d-%d%s", path, ::getpid(), counter++, kSuffix);
    if (Make(name, kind)) {
      const int lock = Lock(name);
      if (lock < 0) continue;
      return std::unique_ptr<TemporaryPath>(new TemporaryPath(std::move(name), lock));
    }
    if (errno != EEXIST) return FileError("creating", name, errno);
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s: a hundred unfinished files are in the way; remove %s.*%s", path, path, kSuffix));
}

TemporaryPath::~TemporaryPath() {
  if (!moved_) RemoveCheckpoint(name_);
  ::close(lock_);
}

absl::Status TemporaryPath::ReplaceFile(const std::string& path) {
  if (::rename(name_.c_str(), path.c_str()) != 0) return FileError("renaming to", path, errno);
  moved_ = true;
  return FlushFolder(FolderOf(path));
}

absl::Status TemporaryPath::ReplaceFolder(const std::string& path) {
  SCONCE_RETURN_IF_ERROR(CheckReplaceableFolder(path));
  SCONCE_RETURN_IF_ERROR(FlushFolder(name_));
  if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) {
    // From here on name() is the old folder, which goes when this object does.
    return FlushFolder(FolderOf(path));
  }
  if (errno == EINVAL || errno == ENOSYS) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: this file system can't exchange two folders in one step; save under a name that is "
        "not there yet, or remove the folder first",
        path));
  }
  if (errno != ENOENT) return FileError("exchanging with", path, errno);
  return ReplaceFile(path);
}

bool IsCheckpointFileName(std::string_view name) {
  const absl::string_view text(name.data(), name.size());
  return absl::EndsWith(text, ".safetensors") || absl::EndsWith(text, ".index.json");
}

absl::Status CheckReplaceableFolder(const std::string& path) {
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus() : FileError("examining", path, errno);
  }
  if (!S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: is no folder, and a checkpoint of several files needs one; choose another name",
        path));
  }
  SCONCE_ASSIGN_OR_RETURN(const auto names, NamesIn(path));
  for (const std::string& name : names) {
    if (IsCheckpointFileName(name) && IsRegularFile(absl::StrFormat("%s/%s", path, name))) continue;
    return absl::FailedPreconditionError(
        absl::StrFormat("%s: holds \"%s\", which is no part of a checkpoint, and is not replaced; "
                        "choose another folder",
                        path, name));
  }
  return absl::OkStatus();
}

absl::Status FlushFile(const std::string& path) {
  return Flush(path, 0) ? absl::OkStatus() : FileError("flushing", path, errno);
}

absl::Status FlushFolder(const std::string& path) {
  return Flush(path, O_DIRECTORY) ? absl::OkStatus() : FileError("flushing", path, errno);
}

}  // namespace sconce
