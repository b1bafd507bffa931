#include "server/frontend/torchscript/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

absl::Status ErrnoStatus(const std::string& path, int error) {
  const std::string text = absl::StrFormat("can't read %s: %s", path, strerror(error));
  if (error == ENOENT || error == ENOTDIR) return absl::NotFoundError(text);
  if (error == EACCES || error == EPERM) return absl::PermissionDeniedError(text);
  return absl::FailedPreconditionError(text);
}

absl::StatusOr<std::string> Allocate(const std::string& path, size_t size) {
  try {
    return std::string(size, '\0');
  } catch (const std::exception&) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("%s has %d bytes: there is not enough memory to load it", path, size));
  }
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer for ever.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return ErrnoStatus(path, errno);
  struct stat status = {};
  if (fstat(file.number(), &status) != 0) return ErrnoStatus(path, errno);
  if (S_ISDIR(status.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrFormat("%s is a folder: name the model file in it", path));
  }
  if (!S_ISREG(status.st_mode)) {
    return absl::FailedPreconditionError(absl::StrFormat("%s is not a regular file", path));
  }
  auto bytes = Allocate(path, static_cast<size_t>(status.st_size));
  if (!bytes.ok()) return bytes;
  size_t done = 0;
  while (done < bytes->size()) {
    const ssize_t count = read(file.number(), bytes->data() + done, bytes->size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrnoStatus(path, errno);
    if (count == 0) {
      return absl::FailedPreconditionError(
          absl::StrFormat("%s became shorter while it was read: is it still being written?", path));
    }
    done += static_cast<size_t>(count);
  }
  return bytes;
}

}  // namespace sconce
