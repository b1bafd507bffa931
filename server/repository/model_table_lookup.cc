// The reading half of ModelTable: Find, Get, List, and the words for what is not there.

#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/repository/model_table.h"

namespace sconce {
namespace {

constexpr size_t kShownNames = 20;

std::string Text(const std::string& name) { return name; }
std::string Text(int64_t version) { return absl::StrFormat("%d", version); }

// The keys of a map, as many as a message can bear.
template <class Map>
std::string KeysOf(const Map& map) {
  std::vector<std::string> keys;
  for (const auto& [key, unused] : map) {
    keys.push_back(keys.size() < kShownNames ? Text(key) : "...");
    if (keys.size() > kShownNames) break;
  }
  return absl::StrJoin(keys, ", ");
}

}  // namespace

ModelTable::Versions::const_iterator ModelTable::DefaultOf(const Versions& versions) {
  auto best = versions.end();
  for (auto version = versions.begin(); version != versions.end(); ++version) {
    if (version->second.serving != nullptr) best = version;
  }
  return best;
}

absl::StatusOr<const ModelTable::Versions*> ModelTable::VersionsOf(std::string_view name) const {
  const auto model = models_.find(name);
  if (model != models_.end()) return &model->second;
  constexpr size_t kShownName = 128;
  const std::string known =
      models_.empty() ? "none is loaded" : absl::StrFormat("there are %s", KeysOf(models_));
  return absl::NotFoundError(
      absl::StrFormat("no model is called \"%s\"; %s", name.substr(0, kShownName), known));
}

absl::StatusOr<ModelTable::Versions::const_iterator> ModelTable::Locate(std::string_view name,
                                                                        const Versions& versions,
                                                                        int64_t version) {
  auto found = version == 0 ? DefaultOf(versions) : versions.find(version);
  if (found != versions.end()) return found;
  // Nothing serves: the newest version says why.
  if (version == 0) return std::prev(versions.end());
  return absl::NotFoundError(absl::StrFormat("model \"%s\" has no version %d; there are %s", name,
                                             version, KeysOf(versions)));
}

absl::StatusOr<ModelTable::Handle> ModelTable::Find(std::string_view name, int64_t version) const {
  MutexLock lock(mutex_);
  if (closed_) return absl::UnavailableError("the server is shutting down");
  SCONCE_ASSIGN_OR_RETURN(const Versions* versions, VersionsOf(name));
  SCONCE_ASSIGN_OR_RETURN(const auto found, Locate(name, *versions, version));
  const Record& record = found->second;
  if (record.serving != nullptr) return record.serving;
  return absl::UnavailableError(absl::StrFormat("model \"%s\" version %d is %s%s%s", name,
                                                found->first, ModelStateName(record.state),
                                                record.reason.empty() ? "" : ": ", record.reason));
}

ModelTable::Row ModelTable::RowOf(const Versions& versions, Versions::const_iterator version) {
  const Record& record = version->second;
  return {.state = record.state,
          .reason = record.reason,
          .info = record.info,
          .is_default = version == DefaultOf(versions)};
}

ModelInfo ModelTable::ToInfo(Row row) {
  ModelInfo info = *row.info;
  info.state = row.state;
  info.reason = std::move(row.reason);
  info.is_default = row.is_default;
  return info;
}

absl::StatusOr<ModelTable::Row> ModelTable::GetRow(std::string_view name, int64_t version) const {
  MutexLock lock(mutex_);
  SCONCE_ASSIGN_OR_RETURN(const Versions* versions, VersionsOf(name));
  SCONCE_ASSIGN_OR_RETURN(const auto found, Locate(name, *versions, version));
  return RowOf(*versions, found);
}

absl::StatusOr<ModelInfo> ModelTable::Get(std::string_view name, int64_t version) const {
  SCONCE_ASSIGN_OR_RETURN(Row row, GetRow(name, version));
  return ToInfo(std::move(row));
}

std::vector<ModelInfo> ModelTable::List() const {
  std::vector<Row> rows;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, versions] : models_) {
      for (auto version = versions.begin(); version != versions.end(); ++version) {
        rows.push_back(RowOf(versions, version));
      }
    }
  }
  std::vector<ModelInfo> infos;
  infos.reserve(rows.size());
  for (Row& row : rows) infos.push_back(ToInfo(std::move(row)));
  return infos;
}

int64_t ModelTable::NewestVersion(std::string_view name) const {
  MutexLock lock(mutex_);
  const auto model = models_.find(name);
  return model == models_.end() ? 0 : model->second.rbegin()->first;
}

std::set<int64_t> ModelTable::ReadyVersions(std::string_view name) const {
  std::set<int64_t> ready;
  MutexLock lock(mutex_);
  const auto model = models_.find(name);
  if (model == models_.end()) return ready;
  for (const auto& [version, record] : model->second) {
    if (record.serving != nullptr) ready.insert(version);
  }
  return ready;
}

}  // namespace sconce
