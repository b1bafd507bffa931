// Weights out, in the formats PyTorch and its users read: whatever file they came from. Streams:
// memory beyond a few pieces of StorageBytes::kPiece is not needed for any size of tensor.

#ifndef SCONCE_SERVER_FORMATS_CHECKPOINT_CHECKPOINT_WRITER_H_
#define SCONCE_SERVER_FORMATS_CHECKPOINT_CHECKPOINT_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "server/formats/io/output_files.h"
#include "server/formats/tensors/torch_dtype.h"
#include "server/formats/weights/weights_file.h"

namespace sconce {

enum class CheckpointFormat {
  kTorchScript,  // a whole model; written by the front end that has it, not here
  // torch.save(OrderedDict), with _metadata; torch.load(weights_only=True) opens it.
  kStateDict,
  // The layout of the file that was loaded, every other value in it kept; or, from weights that
  // have none, {"model_state_dict": ..., and the values given}.
  kCheckpoint,
  kSafetensors,
};

struct WriteOptions {
  CheckpointFormat format = CheckpointFormat::kStateDict;
  // float32, float16 or bfloat16: what floating-point weights become. Null: as they are.
  const TorchDtype* dtype = nullptr;
  // kSafetensors: no file larger than this, unless one tensor is; several files and
  // "model.safetensors.index.json". 0: one file.
  uint64_t shard_bytes = 0;
  // kCheckpoint: a JSON object of top-level values to set or replace ({"epoch": 12, "loss": 0.3}).
  // "optimizer_state_dict" as torch.optim has it, or just the hyper-parameters of one group
  // ({"lr": 0.1, "momentum": 0.9}): the group then holds all parameters and no state.
  std::string values_json = {};
};

// Whether what is written with these options is a folder of files, each with a name of its own.
bool WritesFolder(const WriteOptions& options);

// FAILED_PRECONDITION: these weights can't be written so (the message says why and what can).
// INVALID_ARGUMENT: the options contradict each other, or values_json is none. `weights` is read,
// nothing else; the caller compares its digest afterwards.
absl::Status WriteCheckpoint(WeightsFile& weights, const WriteOptions& options, OutputFiles& out);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_CHECKPOINT_CHECKPOINT_WRITER_H_
