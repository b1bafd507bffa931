#include "server/formats/io/hashed_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/io/file_error.h"

namespace sconce {
namespace {

constexpr size_t kPiece = size_t{1} << 20;
constexpr uint64_t kFlushed = uint64_t{32} << 20;

// Only a full disk counts: not every file system can reserve, and then the writing tells.
bool DiskIsTooSmall(int fd, uint64_t bytes) {
  return bytes > 0 && ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) != 0 &&
         (errno == ENOSPC || errno == EDQUOT || errno == EFBIG);
}

}  // namespace

absl::StatusOr<std::unique_ptr<HashedFile>> HashedFile::Create(std::string name, std::string path,
                                                               std::optional<uint64_t> bytes) {
  SCONCE_ASSIGN_OR_RETURN(Sha256 sha256, Sha256::Start());
  const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (fd < 0) return FileError("creating", path, errno);
  std::unique_ptr<HashedFile> file(
      new HashedFile(std::move(name), std::move(path), bytes, fd, std::move(sha256)));
  if (bytes && DiskIsTooSmall(fd, *bytes)) {
    return FileError(absl::StrFormat("reserving %d bytes for", *bytes), file->path_, errno);
  }
  return file;
}

HashedFile::~HashedFile() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status HashedFile::Write(std::string_view bytes) {
  SCONCE_RETURN_IF_ERROR(sha256_.Add(bytes));
  for (std::string_view left = bytes; !left.empty();) {
    const ssize_t written = ::write(fd_, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError("writing", path_, errno);
    left.remove_prefix(static_cast<size_t>(written));
  }
  bytes_ += bytes.size();
  StartFlushing();
  return absl::OkStatus();
}

void HashedFile::StartFlushing() {
  if (bytes_ - flushing_ < kFlushed) return;
  ::sync_file_range(fd_, static_cast<off_t>(flushing_), static_cast<off_t>(bytes_ - flushing_),
                    SYNC_FILE_RANGE_WRITE);
  flushing_ = bytes_;
}

absl::StatusOr<WrittenFile> HashedFile::Close() {
  if (expected_ && *expected_ != bytes_) {
    return absl::InternalError(
        absl::StrFormat("writing %s: %d bytes were announced, %d came", path_, *expected_, bytes_));
  }
  if (::fsync(fd_) != 0) return FileError("flushing", path_, errno);
  if (::close(std::exchange(fd_, -1)) != 0) return FileError("closing", path_, errno);
  SCONCE_ASSIGN_OR_RETURN(std::string digest, sha256_.Finish());
  return WrittenFile{name_, bytes_, std::move(digest)};
}

absl::StatusOr<WrittenFile> HashFile(const std::string& path) {
  SCONCE_ASSIGN_OR_RETURN(auto source, ByteSource::OpenFile(path));
  SCONCE_ASSIGN_OR_RETURN(Sha256 sha256, Sha256::Start());
  std::string buffer(kPiece, '\0');
  for (uint64_t at = 0; at < source->size();) {
    const uint64_t step = std::min<uint64_t>(buffer.size(), source->size() - at);
    SCONCE_RETURN_IF_ERROR(source->ReadAt(at, buffer.data(), step));
    SCONCE_RETURN_IF_ERROR(sha256.Add(std::string_view(buffer.data(), step)));
    at += step;
  }
  SCONCE_ASSIGN_OR_RETURN(std::string digest, sha256.Finish());
  return WrittenFile{"", source->size(), std::move(digest)};
}

}  // namespace sconce
