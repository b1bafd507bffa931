#include "server/formats/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/byte_source.h"
#include "server/formats/file_error.h"
#include "server/formats/sha256.h"

namespace sconce {
namespace {

// A file name that is ours alone, in the same folder so that a rename stays within one file
// system. Removed unless it was renamed.
class TemporaryFile {
 public:
  static absl::StatusOr<std::unique_ptr<TemporaryFile>> Beside(const std::string& path) {
    static std::atomic<uint64_t> counter{0};
    for (int attempt = 0; attempt < 100; ++attempt) {
      std::string name = absl::StrFormat("%s.%d-%d.partial", path, ::getpid(), counter++);
      const int fd = ::open(name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
      if (fd >= 0) {
        ::close(fd);
        return std::unique_ptr<TemporaryFile>(new TemporaryFile(std::move(name)));
      }
      if (errno != EEXIST) return FileError("creating", name, errno);
    }
    return absl::FailedPreconditionError(absl::StrFormat(
        "%s: a hundred unfinished files are in the way; remove %s.*.partial", path, path));
  }

  ~TemporaryFile() {
    if (!renamed_) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& name() const { return name_; }

  absl::Status RenameTo(const std::string& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) return FileError("renaming to", path, errno);
    renamed_ = true;
    return absl::OkStatus();
  }

 private:
  explicit TemporaryFile(std::string name) : name_(std::move(name)) {}

  const std::string name_;
  bool renamed_ = false;
};

absl::Status Flush(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (fd < 0) return FileError("opening", path, errno);
  const bool flushed = ::fsync(fd) == 0;
  absl::Status status = flushed ? absl::OkStatus() : FileError("flushing", path, errno);
  ::close(fd);
  return status;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

absl::StatusOr<WrittenFile> Digest(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(auto source, ByteSource::OpenFile(path));
  SCONCE_ASSIGN_OR_RETURN(Sha256 sha256, Sha256::Start());
  std::string buffer(size_t{1} << 18, '\0');
  for (uint64_t at = 0; at < source->size();) {
    const uint64_t step = std::min<uint64_t>(buffer.size(), source->size() - at);
    SCONCE_RETURN_IF_ERROR(source->ReadAt(at, buffer.data(), step));
    SCONCE_RETURN_IF_ERROR(sha256.Add(std::string_view(buffer.data(), step)));
    at += step;
  }
  SCONCE_ASSIGN_OR_RETURN(std::string digest, sha256.Finish());
  return WrittenFile{source->size(), std::move(digest)};
}

// `write` may call libraries that throw; the temporary file must be gone then too.
absl::Status CallWriter(const std::function<absl::Status(const std::string&)>& write,
                        const std::string& temporary) {
  try {
    return write(temporary);
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrFormat("writing %s: %s", temporary, error.what()));
  }
}

}  // namespace

absl::StatusOr<WrittenFile> WriteAtomically(
    const std::string& path,
    const std::function<absl::Status(const std::string& temporary)>& write) {
  SCONCE_ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryFile> temporary,
                          TemporaryFile::Beside(path));
  SCONCE_RETURN_IF_ERROR(CallWriter(write, temporary->name()));
  SCONCE_RETURN_IF_ERROR(Flush(temporary->name(), 0));
  SCONCE_ASSIGN_OR_RETURN(WrittenFile written, Digest(temporary->name()));
  SCONCE_RETURN_IF_ERROR(temporary->RenameTo(path));
  SCONCE_RETURN_IF_ERROR(Flush(FolderOf(path), O_DIRECTORY));
  return written;
}

}  // namespace sconce
