#include "server/frontend/read_sources.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/sha256.h"
#include "server/frontend/torchscript/read_file.h"

namespace sconce {
namespace {

namespace fs = std::filesystem;

// As users and imports know it.
std::string NameIn(const std::string& root, const std::string& path) {
  if (root.empty() || !absl::StartsWith(path, root + "/")) return path;
  return path.substr(root.size() + 1);
}

// A package has hundreds, a whole disk has more.
constexpr size_t kMostFiles = 2000;
constexpr size_t kMostVisited = 100'000;
constexpr size_t kMostBytes = size_t{64} << 20;

absl::Status TooMany(const std::string& folder) {
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s has more than %d Python files, or more than %d MiB of them: name the folder of the "
      "model's package",
      folder, kMostFiles, kMostBytes >> 20));
}

absl::Status CantList(const std::string& folder, const std::error_code& error) {
  const std::string text = absl::StrFormat("can't list %s: %s", folder, error.message());
  return error == std::errc::permission_denied ? absl::PermissionDeniedError(text)
                                               : absl::FailedPreconditionError(text);
}

// Links may not lead out of the root.
bool IsWithin(const std::string& root, const fs::path& file) {
  std::error_code error;
  const fs::path real = fs::canonical(file, error);
  return !error && (root.empty() || absl::StartsWith(real.string(), root + "/"));
}

// A Python file, or all of those below a folder, in order.
absl::Status AddFiles(const std::string& path, const std::string& root,
                      std::vector<std::string>& files) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    files.push_back(path);
    return absl::OkStatus();
  }
  std::vector<std::string> found;
  size_t visited = 0;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end;
       at.increment(error)) {
    if (++visited > kMostVisited) return TooMany(path);
    std::error_code ignored;
    if (at->path().extension() != ".py" || !at->is_regular_file(ignored)) continue;
    if (IsWithin(root, at->path())) found.push_back(at->path().string());
    if (found.size() > kMostFiles) return TooMany(path);
  }
  if (error) return CantList(path, error);
  if (found.empty()) {
    return absl::FailedPreconditionError(absl::StrFormat("%s has no Python files", path));
  }
  std::sort(found.begin(), found.end());
  files.insert(files.end(), found.begin(), found.end());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NamedSources> ReadSources(const ModelSource& source) {
  NamedSources named;
  std::string all;  // every part behind its length, so that none can be taken for another
  const auto add = [&](std::string_view text) {
    all += std::to_string(text.size()) + ":";
    all += text;
  };
  for (const std::string& given : source.sources) {
    std::vector<std::string> files;
    SCONCE_RETURN_IF_ERROR(AddFiles(given, source.root, files));
    for (const std::string& path : files) {
      SCONCE_ASSIGN_OR_RETURN(std::string text, ReadFile(path));
      if (all.size() + text.size() > kMostBytes) return TooMany(given);
      add(path);
      add(text);
      named.source.files.push_back({NameIn(source.root, path), std::move(text), path != given});
    }
  }
  add(source.class_name);
  add(source.init);
  for (const auto& [name, value] : source.definitions) {
    add(name);
    add(value);
  }
  named.source.class_name = source.class_name;
  named.source.arguments = source.init;
  named.source.definitions = source.definitions;
  SCONCE_ASSIGN_OR_RETURN(Sha256 digest, Sha256::Start());
  SCONCE_RETURN_IF_ERROR(digest.Add(all));
  SCONCE_ASSIGN_OR_RETURN(named.digest, digest.Finish());
  return named;
}

}  // namespace sconce
