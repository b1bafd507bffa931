// The front ends' one entrance: model files in, an Executable and a way to save it out. Content
// decides which front end reads a file, never its suffix. Nothing in the file runs before the file
// has passed Sconce's own checks.

#ifndef SCONCE_SERVER_FRONTEND_LOAD_MODEL_H_
#define SCONCE_SERVER_FRONTEND_LOAD_MODEL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/runtime/executable.h"

namespace sconce {

struct ModelSource {
  // The model, or its weights. Already resolved and allowed: the front ends open exactly this.
  std::string path;
  // TorchScript file that gives the structure when `path` holds weights; empty when it needs none.
  std::string skeleton;
  // As ResolveDevice takes it.
  std::string device = "auto";
  // What the operator knows and TorchScript does not say; laid over the signature of "forward" by
  // name or by position (INPUT__0, OUTPUT__0). Shapes include the batch dimension.
  std::vector<TensorSpec> declared_inputs;
  std::vector<TensorSpec> declared_outputs;
};

enum class CheckpointFormat { kTorchScript, kStateDict };

// A model as it was loaded, unfrozen, with its own names: what checkpoints are written from.
// Thread-safe.
class SavableModel {
 public:
  virtual ~SavableModel() = default;

  // Writes to `path`, a fresh file, and reads it back. The caller makes it atomic.
  // FAILED_PRECONDITION: a frozen archive has no weights by name. RESOURCE_EXHAUSTED: the disk is
  // full.
  virtual absl::Status Save(CheckpointFormat format, const std::string& path) const = 0;
};

struct LoadedModel {
  std::shared_ptr<Executable> executable;
  std::shared_ptr<SavableModel> savable;
  // "torchscript", "state_dict on torchscript".
  std::string format;
};

// Loads, checks, freezes and warms. Takes as long as it takes; call it on a thread of your own.
// FAILED_PRECONDITION: the file can't be served as asked; the message says what it is and what
// would make it work. INVALID_ARGUMENT: the file is damaged or hostile. NOT_FOUND,
// PERMISSION_DENIED: it can't be read.
absl::StatusOr<LoadedModel> LoadModel(const ModelSource& source);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_LOAD_MODEL_H_
