#include "client/file_bytes.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

absl::Status SystemError(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, path);
}

}  // namespace

absl::StatusOr<std::string> ReadFileBytes(const std::string& path) {
  File file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (!file) return SystemError(path, errno);
  std::string bytes;
  char buffer[1 << 16];
  size_t count = 0;
  while ((count = std::fread(buffer, 1, sizeof buffer, file.get())) > 0) {
    bytes.append(buffer, count);
  }
  if (std::ferror(file.get()) != 0) return SystemError(path, errno);
  return bytes;
}

absl::Status WriteFileBytes(const std::string& path, std::string_view bytes) {
  File file(std::fopen(path.c_str(), "wb"), &std::fclose);
  if (!file) return SystemError(path, errno);
  if (std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) {
    return SystemError(path, errno);
  }
  // What is still buffered can fail as well: a full disk shows only here.
  if (std::fclose(file.release()) != 0) return SystemError(path, errno);
  return absl::OkStatus();
}

bool IsPlainFileName(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

}  // namespace sconce
