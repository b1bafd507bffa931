// The front ends' one entrance: model files in, an Executable and a way to save it out. Content
// decides which front end reads a file, never its suffix. Nothing in the file runs before the file
// has passed Sconce's own checks.

#ifndef SCONCE_SERVER_FRONTEND_LOAD_MODEL_H_
#define SCONCE_SERVER_FRONTEND_LOAD_MODEL_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/checkpoint/checkpoint_writer.h"
#include "server/formats/io/output_files.h"
#include "server/runtime/executable.h"

namespace sconce {

struct ModelSource {
  // The model, or its weights. Already resolved and allowed: the front ends open exactly this.
  std::string path;
  // TorchScript file that gives the structure when `path` holds weights; empty when it needs none.
  std::string skeleton;
  // Python files (or folders of them) that give it instead, the class among them and what it is
  // made with: see PythonSource.
  std::vector<std::string> sources;
  std::string class_name;
  std::string init;
  std::map<std::string, std::string> definitions;
  // Of WeightsOptions: which part of a checkpoint, and the folder that shards must stay in.
  std::string weights_key;
  std::string root;
  // Weights need not hold every key of the skeleton (the skeleton's own values stay), or may hold
  // more.
  bool allow_missing = false;
  bool allow_unexpected = false;
  // As ResolveDevice takes it.
  std::string device = "auto";
  // What the operator knows and TorchScript does not say; laid over the signature of "forward" by
  // name or by position (INPUT__0, OUTPUT__0). Shapes include the batch dimension.
  std::vector<TensorSpec> declared_inputs;
  std::vector<TensorSpec> declared_outputs;
};

// What a version was made of, so that checkpoints can be written from it: unfrozen, under its own
// names. Holds no weights of its own; they are read again from the files they came from, whose
// digest must be what it was. Thread-safe.
class SavableModel {
 public:
  virtual ~SavableModel() = default;

  // Takes about as long as loading. FAILED_PRECONDITION: a frozen archive has no weights by name;
  // or the file that the model came from is gone or changed. RESOURCE_EXHAUSTED: the disk is full.
  // Not all that reached `out` is worth keeping unless the result is OK.
  virtual absl::Status Save(const WriteOptions& options, OutputFiles& out) const = 0;
};

// Opens a checkpoint that was just written as anyone would, and reads all of it. `path` is the
// file, or the folder of a sharded one. INTERNAL: it does not read back.
absl::Status CheckWritten(CheckpointFormat format, const std::string& path);

struct LoadedModel {
  std::shared_ptr<Executable> executable;
  std::shared_ptr<SavableModel> savable;
  // "torchscript", or the kind of the weights and what they are on: "state_dict on torchscript",
  // "safetensors on class Net".
  std::string format;
  // Remarks for the operator, beside those of the executable.
  std::vector<std::string> notes;
};

// Loads, checks, freezes and warms. Takes as long as it takes; call it on a thread of your own.
// FAILED_PRECONDITION: the file can't be served as asked; the message says what it is and what
// would make it work. INVALID_ARGUMENT: the file is damaged or hostile. NOT_FOUND,
// PERMISSION_DENIED: it can't be read.
absl::StatusOr<LoadedModel> LoadModel(const ModelSource& source);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_LOAD_MODEL_H_
