// ModelTable: every version that the repository knows, its state, and what serves. Bookkeeping
// only: it loads nothing and waits for nobody while it holds its lock.

#ifndef SCONCE_SERVER_REPOSITORY_MODEL_TABLE_H_
#define SCONCE_SERVER_REPOSITORY_MODEL_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/mutex.h"
#include "server/repository/model_version.h"

namespace sconce {

// Tells apart the things that served under one version number, one after the other.
using InstanceId = uint64_t;

// Thread-safe.
class ModelTable {
 public:
  using Handle = std::shared_ptr<const ServingVersion>;

  // Taken out of service: release the handles, then wait for the instances.
  struct Retired {
    std::vector<Handle> handles;
    std::set<InstanceId> instances;
  };

  // Failed and unloaded versions that are remembered for each name, and names that have nothing
  // else.
  static constexpr size_t kMaxPastVersions = 16;
  static constexpr size_t kMaxPastNames = 1000;

  // As Repository has them.
  absl::StatusOr<Handle> Find(std::string_view name, int64_t version) const;
  absl::StatusOr<ModelInfo> Get(std::string_view name, int64_t version) const;
  std::vector<ModelInfo> List() const;

  int64_t NewestVersion(std::string_view name) const;  // 0: none
  std::set<int64_t> ReadyVersions(std::string_view name) const;

  // The version is LOADING, unless it serves already: then it stays READY.
  void BeginLoad(ModelInfo described, std::shared_ptr<ModelMetrics> metrics);
  // FAILED, or READY still with the reason noted.
  void FailLoad(const std::string& name, int64_t version, std::string reason);
  // READY: requests find it from here on. What it replaced under the same number is in the answer.
  // UNAVAILABLE: Close was called.
  absl::StatusOr<Retired> Publish(ModelInfo info, Handle serving, InstanceId instance);

  // Takes ready versions out of service: DRAINING until they are gone.
  Retired Retire(std::string_view name, const std::set<int64_t>& versions);
  // Retires all, and lets nothing be found or published from here on.
  Retired Close();

  // The instance is destroyed. Its version is UNLOADED if nothing else happened to it meanwhile.
  void NoteGone(const std::string& name, int64_t version, InstanceId instance);
  void WaitUntilGone(const std::set<InstanceId>& instances) const;
  // Every instance that was ever published.
  void WaitUntilAllGone() const;

 private:
  struct Record {
    ModelState state = ModelState::kLoading;
    std::string reason;
    std::shared_ptr<const ModelInfo> info;  // state, reason and is_default are kept here instead
    std::shared_ptr<ModelMetrics> metrics;  // until it is unloaded
    Handle serving;                         // while it is ready
    InstanceId instance = 0;                // the last that served
  };
  using Versions = std::map<int64_t, Record>;
  // What a ModelInfo is made of, taken under the lock; copied without it.
  struct Row {
    ModelState state;
    std::string reason;
    std::shared_ptr<const ModelInfo> info;
    bool is_default;
  };

  static ModelInfo ToInfo(Row row);
  static Row RowOf(const Versions& versions, Versions::const_iterator version);
  static Versions::const_iterator DefaultOf(const Versions& versions);
  // `version` 0: the default one, or the newest when none is ready.
  static absl::StatusOr<Versions::const_iterator> Locate(std::string_view name,
                                                         const Versions& versions, int64_t version);
  static void SetState(Record& record, ModelState state);
  static bool IsPast(const Versions::value_type& version);
  static void ForgetVersions(Versions& versions);
  static void RetireRecord(Record& record, Retired& retired);

  absl::StatusOr<Row> GetRow(std::string_view name, int64_t version) const SCONCE_EXCLUDES(mutex_);
  absl::StatusOr<const Versions*> VersionsOf(std::string_view name) const SCONCE_REQUIRES(mutex_);
  Record* RecordOf(std::string_view name, int64_t version) SCONCE_REQUIRES(mutex_);
  void ForgetNames() SCONCE_REQUIRES(mutex_);

  mutable Mutex mutex_;
  mutable CondVar gone_;
  std::map<std::string, Versions, std::less<>> models_ SCONCE_GUARDED_BY(mutex_);
  std::set<InstanceId> alive_ SCONCE_GUARDED_BY(mutex_);
  bool closed_ SCONCE_GUARDED_BY(mutex_) = false;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_MODEL_TABLE_H_
