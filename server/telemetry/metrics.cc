#include "server/telemetry/metrics.h"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "server/base/mutex.h"
#include "server/telemetry/escape.h"
#include "server/telemetry/metric_families.h"
#include "server/telemetry/model_series.h"
#include "server/telemetry/process_status.h"

namespace sconce {
namespace {

// Names of models that were loaded, or tried, become labels for good; beyond this many they share
// one.
constexpr size_t kMaxLoadedNames = 1000;
constexpr char kOtherNames[] = "(other)";

}  // namespace

class Metrics::Impl : public std::enable_shared_from_this<Metrics::Impl> {
 public:
  std::shared_ptr<ModelMetrics> ForVersion(std::string_view model, int64_t version);
  std::string LoadedName(std::string_view model);
  std::string Scrape();
  void SetDeviceMemorySource(std::function<std::vector<DeviceMemory>()> source) {
    MutexLock lock(mutex_);
    device_memory_ = std::move(source);
  }

  MetricFamilies families;

 private:
  using Key = std::pair<std::string, int64_t>;

  void Release(const Key& key, ModelSeries* series);
  void UpdateProcess() SCONCE_REQUIRES(mutex_);
  void UpdateDevices() SCONCE_EXCLUDES(mutex_);

  Mutex mutex_;
  CondVar released_;
  // Versions whose series are on the page. An entry goes when its series do.
  std::map<Key, std::weak_ptr<ModelMetrics>> versions_ SCONCE_GUARDED_BY(mutex_);
  std::set<std::string> loaded_names_ SCONCE_GUARDED_BY(mutex_);
  std::function<std::vector<DeviceMemory>()> device_memory_ SCONCE_GUARDED_BY(mutex_);
};

std::shared_ptr<ModelMetrics> Metrics::Impl::ForVersion(std::string_view model, int64_t version) {
  // By the name on the page: two names that look alike there must not share handles unknown to
  // each other.
  const Key key(ReplaceInvalidUtf8(model), version);
  MutexLock lock(mutex_);
  // An entry that nobody holds is on its way to Release, which must come first: its series bear the
  // same labels as the new ones, and only the last holder knows that no one records any more.
  for (auto found = versions_.find(key); found != versions_.end(); found = versions_.find(key)) {
    if (auto held = found->second.lock()) return held;
    released_.Wait(mutex_);
  }
  auto* series = new ModelSeries(families, key.first, version);
  std::shared_ptr<ModelMetrics> result(series,
                                       [self = shared_from_this(), key](ModelMetrics* released) {
                                         self->Release(key, static_cast<ModelSeries*>(released));
                                       });
  versions_.emplace(key, result);
  return result;
}

void Metrics::Impl::Release(const Key& key, ModelSeries* series) {
  const std::unique_ptr<ModelSeries> owned(series);
  MutexLock lock(mutex_);
  series->RemoveSeries();
  versions_.erase(key);
  released_.SignalAll();
}

std::string Metrics::Impl::LoadedName(std::string_view model) {
  std::string name = ReplaceInvalidUtf8(model);
  MutexLock lock(mutex_);
  if (loaded_names_.size() >= kMaxLoadedNames && loaded_names_.count(name) == 0) return kOtherNames;
  loaded_names_.insert(name);
  return name;
}

void Metrics::Impl::UpdateProcess() {
  const ProcessStatus status = ReadProcessStatus();
  families.sconce_resident.Set(static_cast<double>(status.resident_bytes));
  families.process_resident.Set(static_cast<double>(status.resident_bytes));
  families.process_virtual.Set(static_cast<double>(status.virtual_bytes));
  families.process_open_fds.Set(static_cast<double>(status.open_fds));
  families.process_max_fds.Set(static_cast<double>(status.max_fds));
  families.process_threads.Set(static_cast<double>(status.threads));
  families.process_start.Set(status.start_unix_seconds);
  families.process_cpu.Increment(std::max(0.0, status.cpu_seconds - families.process_cpu.Value()));
}

void Metrics::Impl::UpdateDevices() {
  std::function<std::vector<DeviceMemory>()> source;
  {
    MutexLock lock(mutex_);
    source = device_memory_;
  }
  if (!source) return;
  for (const DeviceMemory& memory : source()) {
    const prometheus::Labels labels = {{"device", memory.device}};
    families.device_used.Add(labels).Set(static_cast<double>(memory.used_bytes));
    families.device_total.Add(labels).Set(static_cast<double>(memory.total_bytes));
  }
}

std::string Metrics::Impl::Scrape() {
  UpdateDevices();
  {
    MutexLock lock(mutex_);
    UpdateProcess();
  }
  return prometheus::TextSerializer().Serialize(families.registry.Collect());
}

Metrics::Metrics() : impl_(std::make_shared<Impl>()) {}
Metrics::~Metrics() = default;

std::shared_ptr<ModelMetrics> Metrics::ForVersion(std::string_view model, int64_t version) {
  return impl_->ForVersion(model, version);
}

void Metrics::RecordUnroutable(absl::StatusCode code) {
  impl_->families.unroutable.Add({{"code", absl::StatusCodeToString(code)}}).Increment();
}

void Metrics::RecordLoad(std::string_view model, bool ok, Duration duration) {
  const prometheus::Labels labels = {{"model", impl_->LoadedName(model)},
                                     {"result", ok ? "ok" : "failed"}};
  impl_->families.load_duration.Add(labels, kLoadBuckets).Observe(Seconds(duration));
}

void Metrics::RecordSwap(std::string_view model, std::string_view result) {
  impl_->families.swaps
      .Add({{"model", impl_->LoadedName(model)}, {"result", ReplaceInvalidUtf8(result)}})
      .Increment();
}

void Metrics::SetDeviceMemorySource(std::function<std::vector<DeviceMemory>()> source) {
  impl_->SetDeviceMemorySource(std::move(source));
}

std::string Metrics::Scrape() const { return impl_->Scrape(); }

}  // namespace sconce
