#include "server/formats/io/file_error.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/str_format.h"

namespace sconce {

absl::Status FileError(std::string_view doing, const std::string& path, int error) {
  const std::string message = absl::StrFormat("%s %s: %s", doing, path, std::strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(message);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::FailedPreconditionError(message);
  }
}

}  // namespace sconce
