// What a file is and holds, found without running anything of it and without LibTorch: the
// diagnosis behind `sconce inspect` and behind the errors of LoadModel.

#ifndef SCONCE_SERVER_FORMATS_DESCRIBE_DESCRIBE_H_
#define SCONCE_SERVER_FORMATS_DESCRIBE_DESCRIBE_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sconce {

struct FileDescription {
  struct Tensor {
    std::string name;
    std::string dtype;  // as PyTorch says it: "float32"
    std::vector<int64_t> shape;
    uint64_t bytes = 0;
    size_t storage = 0;  // its number; tensors of the same one share memory
  };
  // A set of weights that can be loaded into a skeleton.
  struct Weights {
    std::string key;  // as --weights-key takes it; empty: the whole file
    size_t tensors = 0;
  };
  std::string path;
  uint64_t bytes = 0;
  // "zip", "legacy torch stream", "pickle", "safetensors", "index of shards", "gzip", ...
  // "unknown".
  std::string container;
  // "TorchScript archive", "state_dict", "checkpoint", "sharded safetensors", "torch.export
  // program", ... "not a model".
  std::string kind;
  std::vector<Tensor> tensors;
  std::vector<Weights> weights;
  // Other content worth naming, one line each: "epoch: 12", "code: 3 files",
  // "method: forward(self, x: Tensor) -> Tensor".
  std::vector<std::string> facts;
  // Of pickled models, one line for each module, indented by its depth:
  // "  fc: torch.nn.modules.linear.Linear(in_features=2)".
  std::vector<std::string> modules;
  // Globals of the pickle that are not part of tensors and containers: classes that would have to
  // exist in Python.
  std::vector<std::string> foreign_globals;
  // What would be needed to serve the file, and the exact command.
  std::string advice;
};

// Of a folder with an index of shards: that sharded model. Reads no storage.
// NOT_FOUND, PERMISSION_DENIED: it can't be read. INVALID_ARGUMENT: it claims to be something and
// is damaged or hostile; the message says where. Any other file has a description, if only "not a
// model".
absl::StatusOr<FileDescription> DescribeFile(const std::string& path);

// Bounded for files with very many tensors, modules or facts; JSON has all of them.
std::string ToText(const FileDescription& description);
nlohmann::json ToJson(const FileDescription& description);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_DESCRIBE_DESCRIBE_H_
