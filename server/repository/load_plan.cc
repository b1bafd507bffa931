#include "server/repository/load_plan.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/repository/model_config.h"
#include "server/repository/model_folder.h"
#include "server/repository/model_name.h"
#include "server/repository/version_policy.h"

namespace sconce {
namespace {

namespace fs = std::filesystem;

// The class of a model whose files are weights.
constexpr char kSourceName[] = "model.py";

absl::StatusOr<std::string> ReadConfigFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxConfigBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || !(file || file.eof())) {
    return absl::PermissionDeniedError(absl::StrFormat("%s can't be read", path));
  }
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

absl::StatusOr<ModelSettings> ReadSettings(const OpenedFolder& models,
                                           const Repository::LoadRequest& request,
                                           const FolderEntry& entry) {
  if (request.config_json.has_value()) {
    const std::string origin = "the configuration in the request";
    SCONCE_ASSIGN_OR_RETURN(const inference::ModelConfig config,
                            ParseConfigJson(*request.config_json, origin));
    return SettingsOf(config, request.name, origin);
  }
  const std::string origin = request.name + "/config.pbtxt";
  if (!entry.has_config) return SettingsOf({}, request.name, origin);
  SCONCE_ASSIGN_OR_RETURN(const std::string path, ResolveFile(models, origin));
  SCONCE_ASSIGN_OR_RETURN(const std::string text, ReadConfigFile(path));
  SCONCE_ASSIGN_OR_RETURN(const inference::ModelConfig config, ParseConfigText(text, origin));
  return SettingsOf(config, request.name, origin);
}

std::string FirstNonEmpty(const std::string& a, const std::string& b, const std::string& c) {
  if (!a.empty()) return a;
  return b.empty() ? c : b;
}

// Plans the files of one request whose settings are known.
class Planner {
 public:
  Planner(const OpenedFolder& models, const Repository::LoadRequest& request,
          const FolderEntry& entry, const ModelSettings& settings, std::string device)
      : models_(models),
        request_(request),
        entry_(entry),
        settings_(settings),
        device_(std::move(device)) {}

  // `path` is canonical.
  absl::StatusOr<ModelSource> SourceOf(const std::string& path) const {
    ModelSource source;
    source.path = path;
    SCONCE_ASSIGN_OR_RETURN(source.skeleton, SkeletonFor(path));
    SCONCE_ASSIGN_OR_RETURN(source.sources, SourcesFor(path));
    source.class_name = FirstNonEmpty(request_.class_name, settings_.class_name, "");
    source.init = FirstNonEmpty(request_.init, settings_.init, "");
    source.definitions = request_.definitions;
    source.weights_key =
        request_.weights_key.empty() ? settings_.weights_key : request_.weights_key;
    source.root = models_.path;
    source.allow_missing = request_.allow_missing || settings_.allow_missing;
    source.allow_unexpected = request_.allow_unexpected || settings_.allow_unexpected;
    source.device = device_;
    source.declared_inputs = settings_.inputs;
    source.declared_outputs = settings_.outputs;
    return source;
  }

  absl::StatusOr<std::vector<LoadStep>> StepsFromFolder() const {
    SCONCE_RETURN_IF_ERROR(CheckEntry(request_.name, entry_));
    const std::set<int64_t> present = entry_.version_numbers();
    const std::set<int64_t> wanted =
        request_.version > 0 ? std::set<int64_t>{request_.version}
                             : VersionsToServe(settings_.config.version_policy(), present);
    std::vector<LoadStep> steps;
    for (const int64_t version : wanted) {
      if (present.count(version) == 0) {
        return absl::NotFoundError(
            absl::StrFormat("the model folder holds no version %d of \"%s\"; it holds %s", version,
                            request_.name, absl::StrJoin(present, ", ")));
      }
      steps.push_back({.version = version, .source = SourceOfVersion(version)});
    }
    return steps;
  }

 private:
  absl::StatusOr<ModelSource> SourceOfVersion(int64_t version) const {
    std::string file;
    const auto folder = entry_.versions.find(version);
    if (folder == entry_.versions.end()) {
      file = entry_.bare_files.front();
    } else {
      SCONCE_ASSIGN_OR_RETURN(
          file, PickModelFile(models_, folder->second, settings_.config.default_model_filename(),
                              settings_.skeleton));
    }
    SCONCE_ASSIGN_OR_RETURN(const std::string path, ResolveFile(models_, file));
    return SourceOf(path);
  }

  absl::StatusOr<std::string> SkeletonFor(const std::string& path) const {
    if (!request_.skeleton.empty()) return ResolveFile(models_, request_.skeleton);
    if (settings_.skeleton.empty()) return "";
    const fs::path beside = fs::path(path).parent_path() / settings_.skeleton;
    std::error_code ignored;
    if (fs::exists(beside, ignored)) return ResolveFile(models_, beside.string());
    return ResolveFile(models_, (fs::path(request_.name) / settings_.skeleton).string());
  }

  // Those that are named; else a model.py beside the file or in the model's folder.
  absl::StatusOr<std::vector<std::string>> SourcesFor(const std::string& path) const {
    std::vector<std::string> sources;
    for (const std::string& named : request_.sources) {
      SCONCE_ASSIGN_OR_RETURN(std::string source, ResolveExisting(models_, named));
      sources.push_back(std::move(source));
    }
    if (!sources.empty() || !request_.skeleton.empty() || !settings_.skeleton.empty()) {
      return sources;
    }
    const fs::path folder = fs::path(path).parent_path();
    const bool in_root = folder == fs::path(models_.path);
    for (const fs::path& place : {folder, fs::path(models_.path) / request_.name}) {
      std::error_code ignored;
      if (in_root || !fs::exists(place / kSourceName, ignored)) continue;
      SCONCE_ASSIGN_OR_RETURN(std::string source,
                              ResolveFile(models_, (place / kSourceName).string()));
      sources.push_back(std::move(source));
      break;
    }
    return sources;
  }

  const OpenedFolder& models_;
  const Repository::LoadRequest& request_;
  const FolderEntry& entry_;
  const ModelSettings& settings_;
  const std::string device_;
};

absl::Status CheckRequest(const Repository::LoadRequest& request) {
  SCONCE_RETURN_IF_ERROR(CheckModelName(request.name));
  if (request.version >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%d is no version; versions count from 1", request.version));
}

// The entry of the name; an empty one when a path is given and the folder has nothing of that name.
absl::StatusOr<FolderEntry> EntryFor(const OpenedFolder& models,
                                     const Repository::LoadRequest& request) {
  absl::StatusOr<FolderEntry> entry = FindInFolder(models, request.name);
  if (absl::IsNotFound(entry.status()) && !request.path.empty()) return FolderEntry();
  return entry;
}

int64_t NumberFor(const Repository::LoadRequest& request, const std::string& path,
                  const FolderEntry& entry, int64_t newest_known) {
  if (request.version > 0) return request.version;
  const std::string folder = fs::path(path).parent_path().filename().string();
  if (const std::optional<int64_t> version = ParseVersion(folder)) return *version;
  // Version folders that nobody loaded keep their numbers.
  const int64_t newest_folder = entry.versions.empty() ? 0 : entry.versions.rbegin()->first;
  return std::max(newest_known, newest_folder) + 1;
}

}  // namespace

absl::StatusOr<LoadPlan> PlanLoad(const OpenedFolder& models,
                                  const Repository::LoadRequest& request, int64_t newest_known,
                                  const std::string& default_device) {
  SCONCE_RETURN_IF_ERROR(CheckRequest(request));
  SCONCE_ASSIGN_OR_RETURN(const FolderEntry entry, EntryFor(models, request));
  LoadPlan plan;
  SCONCE_ASSIGN_OR_RETURN(plan.settings, ReadSettings(models, request, entry));
  const Planner planner(models, request, entry, plan.settings,
                        FirstNonEmpty(request.device, plan.settings.device, default_device));
  if (request.path.empty()) {
    SCONCE_ASSIGN_OR_RETURN(plan.steps, planner.StepsFromFolder());
    return plan;
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string path, ResolveFile(models, request.path));
  plan.steps.push_back(
      {.version = NumberFor(request, path, entry, newest_known), .source = planner.SourceOf(path)});
  return plan;
}

}  // namespace sconce
