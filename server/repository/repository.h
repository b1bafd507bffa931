// Repository: the models of a folder by name and version, their life from load to unload, and the
// swap between versions.

#ifndef SCONCE_SERVER_REPOSITORY_REPOSITORY_H_
#define SCONCE_SERVER_REPOSITORY_REPOSITORY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/formats/checkpoint/checkpoint_writer.h"
#include "server/formats/io/atomic_output.h"
#include "server/formats/io/output_files.h"
#include "server/repository/model_version.h"
#include "server/telemetry/metrics.h"

namespace sconce {

// Thread-safe. Find is the hot path: it takes no lock that a load, a swap or an unload holds while
// it works.
class Repository {
 public:
  using Loader = std::function<absl::StatusOr<LoadedModel>(const ModelSource&)>;
  using WrittenCheck = std::function<absl::Status(CheckpointFormat, const std::string& path)>;

  struct Options {
    std::string models_dir;  // must be a readable folder
    std::string
        checkpoints_dir;  // empty: SaveCheckpoint is refused, and the message says how to allow it
    std::string device = "auto";
    size_t max_queue = 1024;
    int cpus = 1;
    // LoadModel and CheckWritten of the front ends; tests pass their own.
    Loader loader;
    WrittenCheck check_written;
  };

  // What LoadModel (the RPC) asks for; see its proto for the rules of each field.
  struct LoadRequest {
    std::string name;
    std::string path;
    int64_t version = 0;
    std::string skeleton;
    std::string device;
    std::string weights_key;
    bool allow_missing = false;
    bool allow_unexpected = false;
    std::vector<std::string> sources;
    std::string class_name;
    std::string init;
    std::map<std::string, std::string> definitions;
    // JSON of a ModelConfig, instead of the folder's config.pbtxt (RepositoryModelLoad's "config"
    // parameter).
    std::optional<std::string> config_json;
  };

  struct SavedCheckpoint {
    std::string path;
    // The index of a sharded checkpoint is among them; the only file has no name.
    std::vector<WrittenFile> files;
  };

  // NOT_FOUND, PERMISSION_DENIED: the folder can't be read. `metrics` and `clock` outlive the
  // repository.
  static absl::StatusOr<std::unique_ptr<Repository>> Open(Options options, Metrics& metrics,
                                                          const Clock& clock);
  virtual ~Repository() = default;

  // Loads what the folder holds. A model that can't be loaded is FAILED with its reason and the
  // others go on.
  virtual void LoadAll() = 0;

  // Loads beside what serves, publishes by one pointer exchange, lets the old version finish.
  // Blocks until it serves or failed; call it on a thread that may wait. On error what served goes
  // on serving.
  virtual absl::StatusOr<ModelInfo> Load(const LoadRequest& request) = 0;

  // `version` 0: all of them. Returns when they are out of service and their requests are done.
  // NOT_FOUND: no such model or version is loaded.
  virtual absl::Status Unload(std::string_view name, int64_t version) = 0;

  // `version` 0: the default one. NOT_FOUND: no such model or version; the message names those
  // there are. UNAVAILABLE: known but not ready; the message has the state and the reason.
  virtual absl::StatusOr<std::shared_ptr<const ServingVersion>> Find(std::string_view name,
                                                                     int64_t version) const = 0;

  virtual absl::StatusOr<ModelInfo> Get(std::string_view name, int64_t version) const = 0;
  // Every version known, failed and unloaded ones included, by name and version. Models that the
  // folder holds but nobody loaded are not in it.
  virtual std::vector<ModelInfo> List() const = 0;

  // Writes below checkpoints_dir, under a temporary name first; the name appears when everything is
  // whole, on disk and read back. `path` is a file; with shard_bytes a folder, which may replace a
  // checkpoint in a folder and nothing else. INVALID_ARGUMENT: the path leaves the folder.
  virtual absl::StatusOr<SavedCheckpoint> Save(std::string_view name, int64_t version,
                                               const WriteOptions& options,
                                               const std::string& path) = 0;

  // The same to the caller, who decides when it is whole. Holds no version: an unload does not wait
  // for a slow receiver.
  virtual absl::Status Pull(std::string_view name, int64_t version, const WriteOptions& options,
                            OutputFiles& out) = 0;

  // True once LoadAll is through, until Drain. What failed says so by its state: one broken model
  // must not keep traffic from the others.
  virtual bool ready() const = 0;

  // No new requests or loads; returns when the requests at hand are done.
  virtual void Drain() = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_REPOSITORY_H_
