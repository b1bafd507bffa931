// The index of weights that are spread over several files, as the Hugging Face libraries write it:
// {"metadata": {...}, "weight_map": {"tensor": "file", ...}}.

#ifndef SCONCE_SERVER_FORMATS_WEIGHTS_SHARD_INDEX_H_
#define SCONCE_SERVER_FORMATS_WEIGHTS_SHARD_INDEX_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"

namespace sconce {

struct ShardIndex {
  // By file, in the order of names: the tensors it must hold.
  std::map<std::string, std::vector<std::string>> files;
};

// By its name alone: "model.safetensors.index.json", "model.safetensors.index.fp16.json".
bool IsShardIndexName(const std::string& path);

// INVALID_ARGUMENT: damaged, or a shard's name leads out of the folder of the index.
absl::StatusOr<ShardIndex> ReadShardIndex(const ByteSource& source);

// What a folder holds as weights: its one index; else its one weights file. FAILED_PRECONDITION:
// none or several; the message lists them.
absl::StatusOr<std::string> FindWeightsInFolder(const std::string& folder);

// The path of a shard beside `index`. PERMISSION_DENIED: links lead it out of `root`, or, without
// one, out of the folder of the index. NOT_FOUND: it is not there.
absl::StatusOr<std::string> ResolveShard(const std::string& index, const std::string& shard,
                                         const std::string& root);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_WEIGHTS_SHARD_INDEX_H_
