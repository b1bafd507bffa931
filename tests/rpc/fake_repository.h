// A Repository whose models are put there by the test, with real Batchers and a FakeExecutable
// behind them.

#ifndef SCONCE_TESTS_RPC_FAKE_REPOSITORY_H_
#define SCONCE_TESTS_RPC_FAKE_REPOSITORY_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/mutex.h"
#include "server/repository/repository.h"
#include "tests/testing/fake_executable.h"

namespace sconce::testing {

// Thread-safe; the hooks are set before other threads use it.
class FakeRepository final : public Repository {
 public:
  explicit FakeRepository(Metrics& metrics) : metrics_(metrics) {}

  // Serves `executable` as the version, the newest one added being the default.
  std::shared_ptr<const ServingVersion> Add(const std::string& name, int64_t version,
                                            std::shared_ptr<FakeExecutable> executable,
                                            size_t max_queue = 1024) {
    auto serving = std::make_shared<ServingVersion>();
    serving->name = name;
    serving->version = version;
    serving->executable = executable;
    serving->batcher = std::make_shared<Batcher>(
        executable,
        Batcher::Options{.threads = {.instances = 2, .intra_op = 1}, .max_queue = max_queue},
        Clock::Real());
    serving->metrics = metrics_.ForVersion(name, version);
    MutexLock lock(mutex_);
    models_[name][version] = serving;
    return serving;
  }

  void SetReady(bool ready) {
    MutexLock lock(mutex_);
    ready_ = ready;
  }

  std::function<absl::StatusOr<ModelInfo>(const LoadRequest&)> on_load;
  std::function<absl::Status(const std::string&, int64_t)> on_unload;
  std::function<absl::StatusOr<SavedCheckpoint>(const WriteOptions&, const std::string&)> on_save;
  std::function<absl::Status(const WriteOptions&, OutputFiles&)> on_pull;
  // Asked before the models that were added; nothing means go on.
  std::function<std::shared_ptr<const ServingVersion>(int attempt)> on_find;

  void LoadAll() override {}
  absl::StatusOr<ModelInfo> Load(const LoadRequest& request) override {
    if (on_load) return on_load(request);
    return absl::FailedPreconditionError("no loader");
  }
  absl::Status Unload(std::string_view name, int64_t version) override {
    if (on_unload) return on_unload(std::string(name), version);
    return absl::NotFoundError("nothing to unload");
  }

  absl::StatusOr<std::shared_ptr<const ServingVersion>> Find(std::string_view name,
                                                             int64_t version) const override {
    MutexLock lock(mutex_);
    if (on_find) {
      if (auto found = on_find(finds_++)) return found;
    }
    const auto model = models_.find(std::string(name));
    if (model == models_.end()) {
      return absl::NotFoundError(absl::StrFormat("no model '%s'", name));
    }
    if (version == 0) return model->second.rbegin()->second;
    const auto found = model->second.find(version);
    if (found == model->second.end()) {
      return absl::NotFoundError(absl::StrFormat("model '%s' has no version %d", name, version));
    }
    return found->second;
  }

  absl::StatusOr<ModelInfo> Get(std::string_view name, int64_t version) const override {
    auto serving = Find(name, version);
    if (!serving.ok()) return serving.status();
    return Describe(**serving);
  }
  std::vector<ModelInfo> List() const override {
    MutexLock lock(mutex_);
    std::vector<ModelInfo> infos;
    for (const auto& [name, versions] : models_) {
      for (const auto& [version, serving] : versions) infos.push_back(Describe(*serving));
    }
    return infos;
  }

  absl::StatusOr<SavedCheckpoint> Save(std::string_view, int64_t, const WriteOptions& options,
                                       const std::string& path) override {
    if (on_save) return on_save(options, path);
    return absl::FailedPreconditionError("no checkpoint folder");
  }
  absl::Status Pull(std::string_view, int64_t, const WriteOptions& options,
                    OutputFiles& out) override {
    if (on_pull) return on_pull(options, out);
    return absl::FailedPreconditionError("nothing to pull");
  }
  bool ready() const override {
    MutexLock lock(mutex_);
    return ready_;
  }
  void Drain() override {}

 private:
  static ModelInfo Describe(const ServingVersion& serving) {
    ModelInfo info;
    info.name = serving.name;
    info.version = serving.version;
    info.state = ModelState::kReady;
    info.format = "fake";
    info.device = serving.executable->device();
    info.bytes = serving.executable->bytes();
    info.signatures = serving.executable->signatures();
    return info;
  }

  Metrics& metrics_;
  mutable Mutex mutex_;
  bool ready_ SCONCE_GUARDED_BY(mutex_) = true;
  mutable int finds_ SCONCE_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::map<int64_t, std::shared_ptr<const ServingVersion>>> models_
      SCONCE_GUARDED_BY(mutex_);
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_RPC_FAKE_REPOSITORY_H_
