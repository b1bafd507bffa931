#include "server/repository/model_table.h"

#include <algorithm>
#include <utility>

namespace sconce {

std::string_view ModelStateName(ModelState state) {
  switch (state) {
    case ModelState::kLoading:
      return "loading";
    case ModelState::kReady:
      return "ready";
    case ModelState::kDraining:
      return "draining";
    case ModelState::kUnloaded:
      return "unloaded";
    case ModelState::kFailed:
      return "failed";
  }
  return "";
}

void ModelTable::SetState(Record& record, ModelState state) {
  record.state = state;
  if (record.metrics == nullptr) return;
  record.metrics->SetState(ModelStateName(state));
  // Its series leave the page with it.
  if (state == ModelState::kUnloaded) record.metrics.reset();
}

ModelTable::Record* ModelTable::RecordOf(std::string_view name, int64_t version) {
  const auto model = models_.find(name);
  if (model == models_.end()) return nullptr;
  const auto record = model->second.find(version);
  return record == model->second.end() ? nullptr : &record->second;
}

void ModelTable::BeginLoad(ModelInfo described, std::shared_ptr<ModelMetrics> metrics) {
  auto info = std::make_shared<const ModelInfo>(std::move(described));
  MutexLock lock(mutex_);
  Record& record = models_[info->name][info->version];
  record.reason.clear();
  record.metrics = std::move(metrics);
  if (record.serving != nullptr) return;
  record.info = std::move(info);
  SetState(record, ModelState::kLoading);
}

void ModelTable::FailLoad(const std::string& name, int64_t version, std::string reason) {
  MutexLock lock(mutex_);
  Record* const record = RecordOf(name, version);
  if (record == nullptr) return;
  record->reason = std::move(reason);
  if (record->serving == nullptr) SetState(*record, ModelState::kFailed);
  ForgetVersions(models_.find(name)->second);
  ForgetNames();
}

absl::StatusOr<ModelTable::Retired> ModelTable::Publish(ModelInfo described, Handle serving,
                                                        InstanceId instance) {
  auto info = std::make_shared<const ModelInfo>(std::move(described));
  MutexLock lock(mutex_);
  if (closed_) return absl::UnavailableError("the server is shutting down");
  Retired replaced;
  Record& record = models_[info->name][info->version];
  if (record.serving != nullptr) RetireRecord(record, replaced);
  record.metrics = serving->metrics;
  record.metrics->SetBytes(info->bytes);
  record.info = std::move(info);
  record.reason.clear();
  record.serving = std::move(serving);
  record.instance = instance;
  SetState(record, ModelState::kReady);
  alive_.insert(instance);
  return replaced;
}

void ModelTable::RetireRecord(Record& record, Retired& retired) {
  SetState(record, ModelState::kDraining);
  retired.instances.insert(record.instance);
  retired.handles.push_back(std::move(record.serving));
  record.serving.reset();
}

ModelTable::Retired ModelTable::Retire(std::string_view name, const std::set<int64_t>& versions) {
  Retired retired;
  MutexLock lock(mutex_);
  for (const int64_t version : versions) {
    Record* const record = RecordOf(name, version);
    if (record != nullptr && record->serving != nullptr) RetireRecord(*record, retired);
  }
  return retired;
}

ModelTable::Retired ModelTable::Close() {
  Retired retired;
  MutexLock lock(mutex_);
  closed_ = true;
  for (auto& [name, versions] : models_) {
    for (auto& [version, record] : versions) {
      if (record.serving != nullptr) RetireRecord(record, retired);
    }
  }
  return retired;
}

void ModelTable::NoteGone(const std::string& name, int64_t version, InstanceId instance) {
  MutexLock lock(mutex_);
  alive_.erase(instance);
  Record* const record = RecordOf(name, version);
  const bool last_word =
      record != nullptr && record->instance == instance && record->state == ModelState::kDraining;
  if (last_word) {
    SetState(*record, ModelState::kUnloaded);
    ForgetVersions(models_.find(name)->second);
    ForgetNames();
  }
  gone_.SignalAll();
}

void ModelTable::WaitUntilGone(const std::set<InstanceId>& instances) const {
  MutexLock lock(mutex_);
  for (const InstanceId instance : instances) {
    while (alive_.count(instance) > 0) gone_.Wait(mutex_);
  }
}

void ModelTable::WaitUntilAllGone() const {
  MutexLock lock(mutex_);
  while (!alive_.empty()) gone_.Wait(mutex_);
}

bool ModelTable::IsPast(const Versions::value_type& version) {
  return version.second.state == ModelState::kFailed ||
         version.second.state == ModelState::kUnloaded;
}

void ModelTable::ForgetVersions(Versions& versions) {
  auto past = static_cast<size_t>(std::count_if(versions.begin(), versions.end(), IsPast));
  for (auto version = versions.begin(); past > kMaxPastVersions;) {
    if (IsPast(*version)) {
      version = versions.erase(version);
      --past;
    } else {
      ++version;
    }
  }
}

void ModelTable::ForgetNames() {
  if (models_.size() <= kMaxPastNames) return;
  const auto past = std::find_if(models_.begin(), models_.end(), [](const auto& model) {
    return std::all_of(model.second.begin(), model.second.end(), IsPast);
  });
  if (past != models_.end()) models_.erase(past);
}

}  // namespace sconce
