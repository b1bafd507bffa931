// The Repository that Open makes: what happens in which order. Its parts do the work.

#ifndef SCONCE_SERVER_REPOSITORY_FOLDER_REPOSITORY_H_
#define SCONCE_SERVER_REPOSITORY_FOLDER_REPOSITORY_H_

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/repository/folder_path.h"
#include "server/repository/load_plan.h"
#include "server/repository/model_folder.h"
#include "server/repository/model_table.h"
#include "server/repository/name_lock.h"
#include "server/repository/reaper.h"
#include "server/repository/repository.h"

namespace sconce {

// Thread-safe.
class FolderRepository final : public Repository {
 public:
  FolderRepository(Options options, OpenedFolder models, Metrics& metrics, const Clock& clock);
  // Waits until every handle that Find gave out is released.
  ~FolderRepository() override;

  void LoadAll() override;
  absl::StatusOr<ModelInfo> Load(const LoadRequest& request) override;
  absl::Status Unload(std::string_view name, int64_t version) override;
  absl::StatusOr<std::shared_ptr<const ServingVersion>> Find(std::string_view name,
                                                             int64_t version) const override;
  absl::StatusOr<ModelInfo> Get(std::string_view name, int64_t version) const override;
  std::vector<ModelInfo> List() const override;
  absl::StatusOr<SavedCheckpoint> Save(std::string_view name, int64_t version,
                                       const WriteOptions& options,
                                       const std::string& path) override;
  absl::Status Pull(std::string_view name, int64_t version, const WriteOptions& options,
                    OutputFiles& out) override;
  bool ready() const override;
  void Drain() override;

 private:
  // One model that LoadAll found.
  void LoadFound(const std::string& name, const FolderEntry& entry);
  // The name is locked.
  absl::StatusOr<ModelInfo> LoadLocked(const LoadRequest& request);
  absl::StatusOr<ModelInfo> RunStep(const std::string& name, const LoadStep& step,
                                    const ModelSettings& settings);
  absl::StatusOr<ModelInfo> BuildAndPublish(ModelInfo described, const LoadStep& step,
                                            const ModelSettings& settings,
                                            std::shared_ptr<ModelMetrics> metrics);
  // Records a version that can't be loaded.
  void NoteFailure(const ModelInfo& described, const absl::Status& why);

  const Options options_;
  const OpenedFolder models_;
  Metrics& metrics_;
  const Clock& clock_;

  std::atomic<InstanceId> next_instance_{1};
  std::atomic<bool> loaded_all_{false};
  std::atomic<bool> draining_{false};

  BusyNames busy_;
  ModelTable table_;
  Reaper reaper_;  // last: tells the table what is gone
};

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_FOLDER_REPOSITORY_H_
