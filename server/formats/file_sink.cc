#include "server/formats/file_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "server/formats/file_error.h"

namespace sconce {

absl::StatusOr<std::unique_ptr<FileSink>> FileSink::Create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (fd < 0) return FileError("creating", path, errno);
  return std::unique_ptr<FileSink>(new FileSink(path, fd));
}

FileSink::~FileSink() {
  if (fd_ >= 0) ::close(fd_);
}

size_t FileSink::Write(const void* data, size_t size) {
  const char* from = static_cast<const char*>(data);
  size_t left = size;
  while (left > 0 && status_.ok()) {
    const ssize_t written = ::write(fd_, from, left);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      status_ = FileError("writing", path_, errno);
      break;
    }
    from += written;
    left -= static_cast<size_t>(written);
  }
  return size;
}

absl::Status FileSink::Close() {
  if (fd_ >= 0 && ::close(std::exchange(fd_, -1)) != 0 && status_.ok()) {
    status_ = FileError("closing", path_, errno);
  }
  return status_;
}

}  // namespace sconce
