#include "server/repository/folder_repository.h"

#include <exception>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/repository/build_version.h"
#include "server/repository/model_name.h"
#include "server/repository/version_policy.h"
#include "server/telemetry/log.h"

namespace sconce {
namespace {

absl::Status ShuttingDown() { return absl::UnavailableError("the server is shutting down"); }

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

void LogLoaded(const ModelInfo& info) {
  LogInfo("model loaded", {{"model", info.name},
                           {"version", info.version},
                           {"format", info.format},
                           {"device", info.device},
                           {"bytes", info.bytes},
                           {"seconds", info.load_seconds},
                           {"path", info.path}});
}

}  // namespace

absl::StatusOr<std::unique_ptr<Repository>> Repository::Open(Options options, Metrics& metrics,
                                                             const Clock& clock) {
  SCONCE_ASSIGN_OR_RETURN(OpenedFolder models, OpenFolder(options.models_dir, "--models"));
  return std::make_unique<FolderRepository>(std::move(options), std::move(models), metrics, clock);
}

FolderRepository::FolderRepository(Options options, OpenedFolder models, Metrics& metrics,
                                   const Clock& clock)
    : options_(std::move(options)), models_(std::move(models)), metrics_(metrics), clock_(clock) {}

FolderRepository::~FolderRepository() { Drain(); }

void FolderRepository::LoadAll() {
  absl::StatusOr<std::map<std::string, FolderEntry>> entries = ScanModels(models_);
  if (!entries.ok()) {
    LogError("model folder unreadable", {{"reason", MessageOf(entries.status())}});
  } else {
    for (const auto& [name, entry] : *entries) LoadFound(name, entry);
  }
  loaded_all_ = true;
}

void FolderRepository::LoadFound(const std::string& name, const FolderEntry& entry) {
  if (const absl::Status named = CheckModelName(name); !named.ok()) {
    LogWarning("file passed over", {{"model", name}, {"reason", MessageOf(named)}});
    return;
  }
  LoadRequest request;
  request.name = name;
  const absl::StatusOr<ModelInfo> loaded = Load(request);
  if (loaded.ok() || table_.NewestVersion(name) != 0 || draining_) return;
  // It failed before it came to any version; it is to be seen all the same.
  const std::set<int64_t> versions = entry.version_numbers();
  ModelInfo described;
  described.name = name;
  described.version = versions.empty() ? 1 : *versions.rbegin();
  table_.BeginLoad(described, metrics_.ForVersion(name, described.version));
  NoteFailure(described, loaded.status());
}

absl::StatusOr<ModelInfo> FolderRepository::Load(const LoadRequest& request) {
  SCONCE_RETURN_IF_ERROR(CheckModelName(request.name));
  NameLock lock(busy_, request.name);
  return LoadLocked(request);
}

absl::StatusOr<ModelInfo> FolderRepository::LoadLocked(const LoadRequest& request) {
  if (draining_) return ShuttingDown();
  SCONCE_ASSIGN_OR_RETURN(
      const LoadPlan plan,
      PlanLoad(models_, request, table_.NewestVersion(request.name), options_.device));
  absl::Status failure;
  ModelInfo newest;
  for (const LoadStep& step : plan.steps) {
    absl::StatusOr<ModelInfo> loaded = RunStep(request.name, step, plan.settings);
    if (loaded.ok()) {
      newest = *std::move(loaded);
    } else {
      failure.Update(loaded.status());
    }
  }
  if (newest.version != 0) {
    // The handles die here; who still uses an old version keeps it.
    table_.Retire(request.name,
                  VersionsToRetire(plan.settings.config.version_policy(),
                                   table_.ReadyVersions(request.name), newest.version));
  }
  if (!failure.ok()) return failure;
  return table_.Get(request.name, newest.version);
}

absl::StatusOr<ModelInfo> FolderRepository::RunStep(const std::string& name, const LoadStep& step,
                                                    const ModelSettings& settings) {
  const TimePoint started = clock_.Now();
  const bool served_before = !table_.ReadyVersions(name).empty();
  const ModelSource source = step.source.ok() ? *step.source : ModelSource{};
  const ModelInfo described = DescribeSource(name, step.version, source, settings);
  std::shared_ptr<ModelMetrics> metrics = metrics_.ForVersion(name, step.version);
  table_.BeginLoad(described, metrics);
  absl::StatusOr<ModelInfo> loaded =
      step.source.ok() ? BuildAndPublish(described, step, settings, std::move(metrics))
                       : step.source.status();
  metrics_.RecordLoad(name, loaded.ok(), clock_.Now() - started);
  metrics_.RecordSwap(name, !loaded.ok() ? "failed" : served_before ? "swapped" : "loaded");
  if (loaded.ok()) {
    LogLoaded(*loaded);
  } else {
    NoteFailure(described, loaded.status());
  }
  return loaded;
}

absl::StatusOr<ModelInfo> FolderRepository::BuildAndPublish(ModelInfo described,
                                                            const LoadStep& step,
                                                            const ModelSettings& settings,
                                                            std::shared_ptr<ModelMetrics> metrics) {
  SCONCE_ASSIGN_OR_RETURN(BuiltVersion built,
                          BuildVersion(std::move(described), *step.source, settings, options_,
                                       std::move(metrics), clock_));
  const InstanceId instance = next_instance_++;
  const std::string name = built.info.name;
  const int64_t version = built.info.version;
  ModelTable::Handle serving =
      reaper_.Adopt(std::move(built.serving), [this, name, version, instance] {
        table_.NoteGone(name, version, instance);
        LogInfo("model unloaded", {{"model", name}, {"version", version}});
      });
  // What it replaced under its number goes when its last request does.
  SCONCE_RETURN_IF_ERROR(table_.Publish(built.info, std::move(serving), instance).status());
  return std::move(built.info);
}

void FolderRepository::NoteFailure(const ModelInfo& described, const absl::Status& why) {
  table_.FailLoad(described.name, described.version, MessageOf(why));
  LogError("load failed", {{"model", described.name},
                           {"version", described.version},
                           {"path", described.path},
                           {"reason", MessageOf(why)}});
}

absl::Status FolderRepository::Unload(std::string_view name, int64_t version) {
  std::set<InstanceId> instances;
  {
    NameLock lock(busy_, std::string(name));
    const std::set<int64_t> ready = table_.ReadyVersions(name);
    if (version == 0 ? ready.empty() : ready.count(version) == 0) {
      // Find knows the words; UNAVAILABLE (known, not loaded) is NOT_FOUND to who unloads.
      return absl::NotFoundError(MessageOf(table_.Find(name, version).status()));
    }
    // Its handles die at the end of the statement.
    instances = table_.Retire(name, version == 0 ? ready : std::set<int64_t>{version}).instances;
  }
  table_.WaitUntilGone(instances);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const ServingVersion>> FolderRepository::Find(
    std::string_view name, int64_t version) const {
  return table_.Find(name, version);
}

absl::StatusOr<ModelInfo> FolderRepository::Get(std::string_view name, int64_t version) const {
  return table_.Get(name, version);
}

std::vector<ModelInfo> FolderRepository::List() const { return table_.List(); }

bool FolderRepository::ready() const { return loaded_all_ && !draining_; }

void FolderRepository::Drain() {
  draining_ = true;
  table_.Close();  // and its handles die
  table_.WaitUntilAllGone();
}

}  // namespace sconce
