// OpenShards of weights_parts.h.

#include <set>
#include <string_view>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/formats/io/sha256.h"
#include "server/formats/weights/shard_index.h"
#include "server/formats/weights/weights_parts.h"

namespace sconce {
namespace {

absl::Status InShard(const absl::Status& status, const std::string& shard) {
  return {status.code(), absl::StrFormat("shard \"%s\": %s", shard, status.message())};
}

// Every tensor that the index puts into the shard is there, and no other.
absl::Status Compare(const std::vector<std::string>& listed, const WeightsFile& shard) {
  std::set<std::string_view> wanted(listed.begin(), listed.end());
  for (const StoredTensor& tensor : shard.tensors()) {
    if (wanted.erase(tensor.name) > 0) continue;
    return absl::InvalidArgumentError(
        absl::StrFormat("it holds \"%s\", which the index does not put there", tensor.name));
  }
  if (wanted.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "it lacks what the index puts there: %s%s", *wanted.begin(),
      wanted.size() > 1 ? absl::StrFormat(" and %d more", wanted.size() - 1) : std::string()));
}

class ShardedWeights final : public WeightsFile {
 public:
  absl::Status Add(const std::string& path, const std::string& name,
                   const std::vector<std::string>& listed) {
    WeightsOptions as_they_are;
    as_they_are.strip_prefixes = false;
    // Whatever it is: an index, or a link to one, could name itself as its shard.
    auto shard = OpenOne(path, as_they_are);
    if (!shard.ok()) return InShard(shard.status(), name);
    if (!(*shard)->weights_key().empty()) {
      return InShard(absl::FailedPreconditionError("it is a checkpoint, expected plain weights"),
                     name);
    }
    if (const absl::Status same = Compare(listed, **shard); !same.ok()) return InShard(same, name);
    tensors_.insert(tensors_.end(), (*shard)->tensors().begin(), (*shard)->tensors().end());
    kind_ = absl::StrFormat("sharded %s", (*shard)->kind());
    if (metadata_.empty()) metadata_ = (*shard)->metadata();
    shards_.push_back(*std::move(shard));
    return absl::OkStatus();
  }

  // `part`: the beginning of the names that are meant; empty: all.
  absl::Status StripPrefixes(const std::string& part) {
    if (!part.empty()) {
      SCONCE_ASSIGN_OR_RETURN(stripped_prefix_, TakePart(part, tensors_));
    }
    stripped_prefix_ += StripPrefix(tensors_);
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Digest() override {
    SCONCE_ASSIGN_OR_RETURN(Sha256 sha256, Sha256::Start());
    for (const auto& shard : shards_) {
      SCONCE_ASSIGN_OR_RETURN(const std::string digest, shard->Digest());
      SCONCE_RETURN_IF_ERROR(sha256.Add(digest));
    }
    return sha256.Finish();
  }

 private:
  std::vector<std::unique_ptr<WeightsFile>> shards_;
};

// All that are missing, in one message.
absl::StatusOr<std::vector<std::string>> ResolveAll(const std::string& path,
                                                    const ShardIndex& index,
                                                    const std::string& root) {
  std::vector<std::string> paths;
  std::vector<std::string> missing;
  for (const auto& [name, tensors] : index.files) {
    auto shard = ResolveShard(path, name, root);
    if (absl::IsNotFound(shard.status())) {
      missing.push_back(name);
    } else if (!shard.ok()) {
      return shard.status();
    } else {
      paths.push_back(*std::move(shard));
    }
  }
  if (missing.empty()) return paths;
  return absl::NotFoundError(absl::StrFormat("%d of %d shards are not beside the index: %s",
                                             missing.size(), index.files.size(),
                                             absl::StrJoin(missing, ", ")));
}

}  // namespace

absl::StatusOr<std::unique_ptr<WeightsFile>> OpenShards(const std::string& index,
                                                        const WeightsOptions& options) {
  SCONCE_ASSIGN_OR_RETURN(const auto source, ByteSource::OpenFile(index));
  SCONCE_ASSIGN_OR_RETURN(const ShardIndex parsed, ReadShardIndex(*source));
  SCONCE_ASSIGN_OR_RETURN(const auto paths, ResolveAll(index, parsed, options.root));
  auto weights = std::make_unique<ShardedWeights>();
  auto path = paths.begin();
  for (const auto& [name, tensors] : parsed.files) {
    if (IsShardIndexName(name)) {
      return absl::InvalidArgumentError("index of shards: it names an index as a shard");
    }
    SCONCE_RETURN_IF_ERROR(weights->Add(*path++, name, tensors));
  }
  SCONCE_RETURN_IF_ERROR(weights->StripPrefixes(options.weights_key));
  return weights;
}

}  // namespace sconce
