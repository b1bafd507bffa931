#include "server/repository/model_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

namespace fs = std::filesystem;

constexpr char kConfigName[] = "config.pbtxt";
constexpr char kTritonName[] = "model.pt";

// Names in a folder, sorted, so that answers do not depend on the file system.
absl::StatusOr<std::vector<std::string>> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    names.push_back(entry->path().filename().string());
  }
  if (error) return absl::ErrnoToStatus(error.value(), folder.string());
  std::sort(names.begin(), names.end());
  return names;
}

// Links are followed; where they lead is checked when the file is opened.
bool IsFolder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

bool IsPossibleModel(const fs::path& path) {
  return MayBeModelFile(path.filename().string()) && !IsFolder(path);
}

bool IsHidden(const std::string& name) { return name.front() == '.' || name == "lost+found"; }

absl::StatusOr<FolderEntry> ScanFolder(const OpenedFolder& models, const std::string& name) {
  FolderEntry entry;
  entry.folder = name;
  const fs::path folder = fs::path(models.path) / name;
  SCONCE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(folder));
  for (const std::string& child : names) {
    const std::optional<int64_t> version = ParseVersion(child);
    if (version.has_value() && IsFolder(folder / child)) {
      entry.versions[*version] = (fs::path(name) / child).string();
    } else if (child == kConfigName) {
      entry.has_config = true;
    } else if (IsPossibleModel(folder / child)) {
      entry.stray_files.push_back((fs::path(name) / child).string());
    }
  }
  return entry;
}

// It fails when it is loaded, under its name.
FolderEntry UnreadableFolder(const std::string& name) {
  FolderEntry entry;
  entry.folder = name;
  entry.has_config = true;
  return entry;
}

// What to do with a folder that has no version.
std::string AdviceFor(const std::string& name, const FolderEntry& entry) {
  if (entry.stray_files.empty()) return absl::StrFormat("expected the model in %s/1/", name);
  const auto index = std::find_if(entry.stray_files.begin(), entry.stray_files.end(), IsShardIndex);
  if (index == entry.stray_files.end()) {
    return absl::StrFormat("move %s to %s/1/", entry.stray_files.front(), name);
  }
  return absl::StrFormat("move %s and its shards to %s/1/", *index, name);
}

// Of the only index; two may share the shards or not.
void DropShards(std::vector<std::string>& candidates) {
  if (std::count_if(candidates.begin(), candidates.end(), IsShardIndex) != 1) return;
  const std::string index = *std::find_if(candidates.begin(), candidates.end(), IsShardIndex);
  const auto is_shard = [&](const std::string& file) { return MayBeShardOf(index, file); };
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(), is_shard),
                   candidates.end());
}

bool LooksLikeModel(const FolderEntry& entry) {
  return !entry.bare_files.empty() || entry.has_config || !entry.versions.empty() ||
         !entry.stray_files.empty();
}

}  // namespace

std::set<int64_t> FolderEntry::version_numbers() const {
  std::set<int64_t> numbers;
  if (!bare_files.empty()) numbers.insert(1);
  for (const auto& [version, path] : versions) numbers.insert(version);
  return numbers;
}

std::optional<int64_t> ParseVersion(std::string_view name) {
  constexpr size_t kMaxDigits = 18;  // any such number fits
  if (name.empty() || name.size() > kMaxDigits || name.front() == '0') return std::nullopt;
  if (name.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  int64_t version = 0;
  if (!absl::SimpleAtoi(std::string(name), &version)) return std::nullopt;
  return version;
}

absl::StatusOr<std::map<std::string, FolderEntry>> ScanModels(const OpenedFolder& models) {
  std::map<std::string, FolderEntry> entries;
  SCONCE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(models.path));
  for (const std::string& name : names) {
    if (IsHidden(name)) continue;
    const fs::path path = fs::path(models.path) / name;
    if (IsPossibleModel(path)) {
      entries[BareModelName(name)].bare_files.push_back(name);
    } else if (IsFolder(path)) {
      absl::StatusOr<FolderEntry> scanned = ScanFolder(models, name);
      if (!scanned.ok()) scanned = UnreadableFolder(name);
      if (!LooksLikeModel(*scanned)) continue;
      scanned->bare_files = std::move(entries[name].bare_files);
      entries[name] = *std::move(scanned);
    }
  }
  return entries;
}

absl::StatusOr<FolderEntry> FindInFolder(const OpenedFolder& models, const std::string& name) {
  FolderEntry entry;
  if (IsFolder(fs::path(models.path) / name)) {
    SCONCE_ASSIGN_OR_RETURN(entry, ScanFolder(models, name));
  }
  SCONCE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(models.path));
  for (const std::string& file : names) {
    const bool fits = BareModelName(file) == name && IsPossibleModel(fs::path(models.path) / file);
    if (fits) entry.bare_files.push_back(file);
  }
  if (LooksLikeModel(entry)) return entry;
  return absl::NotFoundError(
      absl::StrFormat("the model folder %s has nothing called \"%s\"; expected a file %s.pt or "
                      "folders %s/1, %s/2, ...",
                      models.path, name, name, name, name));
}

absl::Status CheckEntry(const std::string& name, const FolderEntry& entry) {
  std::vector<std::string> found = entry.bare_files;
  if (entry.has_config || !entry.versions.empty()) found.push_back(entry.folder + "/");
  if (found.size() > 1) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "\"%s\" could be any of %s; rename all but one", name, absl::StrJoin(found, ", ")));
  }
  if (!entry.bare_files.empty() || !entry.versions.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrFormat("the folder %s has no version in it; %s", name, AdviceFor(name, entry)));
}

absl::StatusOr<std::string> PickModelFile(const OpenedFolder& models,
                                          const std::string& version_folder,
                                          const std::string& default_filename,
                                          const std::string& skeleton) {
  const fs::path folder = fs::path(models.path) / version_folder;
  const auto relative = [&](const std::string& file) {
    return (fs::path(version_folder) / file).string();
  };
  if (!default_filename.empty()) return relative(default_filename);
  SCONCE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(folder));
  std::vector<std::string> candidates;
  for (const std::string& name : names) {
    if (name != skeleton && IsPossibleModel(folder / name)) candidates.push_back(name);
  }
  DropShards(candidates);
  if (candidates.size() == 1) return relative(candidates.front());
  if (std::count(candidates.begin(), candidates.end(), kTritonName) == 1) {
    return relative(kTritonName);
  }
  if (candidates.empty()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the version folder %s has no model file in it", version_folder));
  }
  return absl::FailedPreconditionError(
      absl::StrFormat("%s has several files that may be the model: %s; name one in config.pbtxt: "
                      "default_model_filename: \"%s\"",
                      version_folder, absl::StrJoin(candidates, ", "), candidates.front()));
}

}  // namespace sconce
