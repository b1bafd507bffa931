#include "server/runtime/output_names.h"

#include "absl/strings/str_format.h"

namespace sconce {

std::string OutputName(std::string_view path) {
  return path.empty() ? "output" : std::string(path);
}

std::string ElementPath(std::string_view path, size_t index) {
  if (path.empty()) return absl::StrFormat("output_%d", index);
  return absl::StrFormat("%s.%d", path, index);
}

std::string FieldPath(std::string_view path, std::string_view field) {
  if (path.empty()) return std::string(field);
  return absl::StrFormat("%s.%s", path, field);
}

}  // namespace sconce
