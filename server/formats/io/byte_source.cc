#include "server/formats/io/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/file_error.h"

namespace sconce {
namespace {

absl::Status Outside(uint64_t offset, uint64_t size, uint64_t total) {
  return absl::OutOfRangeError(
      absl::StrFormat("%d bytes at offset %d reach past the end (%d bytes)", size, offset, total));
}

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}

  uint64_t size() const override { return bytes_.size(); }

  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      return Outside(offset, size, bytes_.size());
    }
    if (size > 0) std::memcpy(destination, bytes_.data() + offset, size);
    return absl::OkStatus();
  }

 private:
  std::string_view bytes_;
};

class OwningSource final : public ByteSource {
 public:
  explicit OwningSource(std::string bytes) : bytes_(std::move(bytes)), view_(bytes_) {}

  uint64_t size() const override { return view_.size(); }

  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    return view_.ReadAt(offset, destination, size);
  }

 private:
  const std::string bytes_;
  const MemorySource view_;
};

class RangeSource final : public ByteSource {
 public:
  RangeSource(std::shared_ptr<const ByteSource> whole, uint64_t offset, uint64_t size)
      : whole_(std::move(whole)),
        offset_(std::min(offset, whole_->size())),
        size_(std::min(size, whole_->size() - offset_)) {}

  uint64_t size() const override { return size_; }

  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    if (offset > size_ || size > size_ - offset) return Outside(offset, size, size_);
    return whole_->ReadAt(offset_ + offset, destination, size);
  }

 private:
  const std::shared_ptr<const ByteSource> whole_;
  const uint64_t offset_;
  const uint64_t size_;
};

class FileSource final : public ByteSource {
 public:
  FileSource(int fd, uint64_t size) : fd_(fd), size_(size) {}
  ~FileSource() override { ::close(fd_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  uint64_t size() const override { return size_; }

  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    if (offset > size_ || size > size_ - offset) return Outside(offset, size, size_);
    char* to = static_cast<char*>(destination);
    while (size > 0) {
      const size_t step = static_cast<size_t>(std::min<uint64_t>(size, 1 << 30));
      const ssize_t got = ::pread(fd_, to, step, static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return absl::DataLossError(absl::StrFormat("reading: %s", std::strerror(errno)));
      if (got == 0) return Outside(offset, size, size_);  // it shrank under us
      to += got;
      offset += static_cast<uint64_t>(got);
      size -= static_cast<uint64_t>(got);
    }
    return absl::OkStatus();
  }

 private:
  const int fd_;
  const uint64_t size_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> ByteSource::OpenFile(const std::string& path) {
  // Non-blocking, so that a named pipe can't hold us up before it is recognised.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return FileError("opening", path, errno);
  struct stat info;
  if (::fstat(fd, &info) != 0) {
    const int error = errno;
    ::close(fd);
    return FileError("opening", path, error);
  }
  if (!S_ISREG(info.st_mode)) {
    ::close(fd);
    return absl::FailedPreconditionError(
        absl::StrFormat("%s: %s, expected a file", path,
                        S_ISDIR(info.st_mode) ? "is a directory" : "is not a regular file"));
  }
  return std::unique_ptr<ByteSource>(new FileSource(fd, static_cast<uint64_t>(info.st_size)));
}

std::unique_ptr<ByteSource> ByteSource::OverBytes(std::string_view bytes) {
  return std::make_unique<MemorySource>(bytes);
}

std::unique_ptr<ByteSource> ByteSource::Owning(std::string bytes) {
  return std::make_unique<OwningSource>(std::move(bytes));
}

std::unique_ptr<ByteSource> ByteSource::Range(std::shared_ptr<const ByteSource> whole,
                                              uint64_t offset, uint64_t size) {
  return std::make_unique<RangeSource>(std::move(whole), offset, size);
}

absl::StatusOr<std::string> ByteSource::ReadString(uint64_t offset, uint64_t bytes) const {
  if (offset > size() || bytes > size() - offset) return Outside(offset, bytes, size());
  std::string text(static_cast<size_t>(bytes), '\0');
  SCONCE_RETURN_IF_ERROR(ReadAt(offset, text.data(), bytes));
  return text;
}

}  // namespace sconce
