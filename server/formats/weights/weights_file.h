// WeightsFile: named weights, from whatever file holds them: a state_dict, a checkpoint around one,
// a whole pickled model, safetensors, shards with an index. Nothing of the tensors is read until
// somebody reads it.

#ifndef SCONCE_SERVER_FORMATS_WEIGHTS_WEIGHTS_FILE_H_
#define SCONCE_SERVER_FORMATS_WEIGHTS_WEIGHTS_FILE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/tensors/stored_tensor.h"
#include "server/formats/torch/torch_file.h"

namespace sconce {

struct WeightsOptions {
  // Where in a checkpoint the weights are: a key, or keys joined by dots ("state.model"). The last
  // ones may be the beginning of names: "state_dict.net" is what begins with "net." in state_dict.
  // Empty: found by the names people use, and refused with the candidates when there are several.
  std::string weights_key = {};
  // Shards that an index names must lie below this folder, symbolic links resolved. Empty: anywhere
  // in the folder of the index and below.
  std::string root = {};
  // Whether "module." and the like are taken off.
  bool strip_prefixes = true;
};

// Confined to one thread at a time.
class WeightsFile {
 public:
  // FAILED_PRECONDITION: it holds no weights, or they are ambiguous; the message says what it is
  // and what to ask for. INVALID_ARGUMENT: damaged or hostile. NOT_FOUND, PERMISSION_DENIED: it, or
  // a shard, can't be read.
  static absl::StatusOr<std::unique_ptr<WeightsFile>> Open(const std::string& path,
                                                           const WeightsOptions& options);

  // The tensors of a TorchScript archive that `names` lists, by the dotted paths of its modules'
  // attributes, in that order. NOT_FOUND: one is not in the archive.
  static absl::StatusOr<std::unique_ptr<WeightsFile>> OpenArchive(
      const std::string& path, const std::vector<std::string>& names);

  virtual ~WeightsFile() = default;

  // In the file's order, every name once, under the model's names: the beginning that was asked
  // for, and what training wrappers put in front of all of them ("module.", "_orig_mod."), is gone.
  // Sharing a storage is kept.
  const std::vector<StoredTensor>& tensors() const { return tensors_; }
  // "state_dict", "checkpoint", "pickled model", "safetensors", "sharded safetensors",
  // "sharded state_dict", "TorchScript archive".
  const std::string& kind() const { return kind_; }
  // "model_state_dict"; empty where the weights are the whole file.
  const std::string& weights_key() const { return weights_key_; }
  // "module."; empty when nothing was taken off.
  const std::string& stripped_prefix() const { return stripped_prefix_; }
  // Of safetensors: its __metadata__.
  const std::vector<std::pair<std::string, std::string>>& metadata() const { return metadata_; }

  // The pickled object around the weights, for a writer that keeps its layout; null for safetensors
  // and shards.
  TorchFile* torch_file() const { return torch_file_.get(); }
  // The dict in torch_file() whose entries are the weights; null when they are no dict's.
  const PickleValue* weights_dict() const { return weights_dict_; }
  // The pickled module in torch_file() whose weights these are; null when they are of none.
  const PickleValue* module() const { return module_; }

  // As TorchFile::Digest, over all files.
  virtual absl::StatusOr<std::string> Digest() = 0;

 protected:
  std::vector<StoredTensor> tensors_;
  std::string kind_;
  std::string weights_key_;
  std::string stripped_prefix_;
  std::vector<std::pair<std::string, std::string>> metadata_;
  std::shared_ptr<TorchFile> torch_file_;
  const PickleValue* weights_dict_ = nullptr;
  const PickleValue* module_ = nullptr;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_WEIGHTS_WEIGHTS_FILE_H_
