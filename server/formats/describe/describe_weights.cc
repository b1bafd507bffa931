// Weights that are not pickled, and those spread over several files.

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/describe/describe_parts.h"
#include "server/formats/safetensors/safetensors_file.h"
#include "server/formats/weights/shard_index.h"
#include "server/formats/weights/weights_file.h"

namespace sconce {
namespace {

void AddMetadata(const std::vector<std::pair<std::string, std::string>>& metadata,
                 FileDescription& description) {
  for (const auto& [key, value] : metadata) {
    description.facts.push_back(absl::StrFormat("metadata %s: %s", key, value));
  }
}

void AdviseStructure(FileDescription& description) {
  description.weights.push_back({"", description.tensors.size()});
  description.advice =
      absl::StrFormat("Weights without the model. Give the Python file with its class: %s",
                      LoadWeightsCommand(description));
}

}  // namespace

absl::Status DescribeSafetensors(const std::shared_ptr<const ByteSource>& source,
                                 FileDescription& description) {
  SCONCE_ASSIGN_OR_RETURN(const SafetensorsFile file, OpenSafetensors(source));
  description.kind = "state_dict";
  AddTensors(file.tensors, description);
  AddMetadata(file.metadata, description);
  AdviseStructure(description);
  return absl::OkStatus();
}

absl::Status DescribeShards(const std::string& index, FileDescription& description) {
  description.container = "index of shards";
  description.kind = "index of shards";
  SCONCE_ASSIGN_OR_RETURN(const auto source, ByteSource::OpenFile(index));
  SCONCE_ASSIGN_OR_RETURN(const ShardIndex listed, ReadShardIndex(*source));
  for (const auto& [name, tensors] : listed.files) {
    description.facts.push_back(absl::StrFormat("shard: %s (%d tensors)", name, tensors.size()));
  }
  WeightsOptions as_they_are;
  as_they_are.strip_prefixes = false;
  const auto weights = WeightsFile::Open(index, as_they_are);
  if (absl::IsNotFound(weights.status())) {
    description.advice = absl::StrFormat("%s. Put them there, then inspect the index again.",
                                         std::string(weights.status().message()));
    return absl::OkStatus();
  }
  if (!weights.ok()) return weights.status();
  description.kind = (*weights)->kind();
  AddTensors((*weights)->tensors(), description);
  AddMetadata((*weights)->metadata(), description);
  AdviseStructure(description);
  return absl::OkStatus();
}

}  // namespace sconce
