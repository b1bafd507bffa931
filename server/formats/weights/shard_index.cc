#include "server/formats/weights/shard_index.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/formats/text/strict_json.h"
#include "server/formats/zip/zip_directory.h"

namespace sconce {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostIndexBytes = uint64_t{100} << 20;
constexpr size_t kMostShards = 10'000;
constexpr int kDeepestIndex = 8;
constexpr char kIndexSuffix[] = ".index.json";

absl::Status Damaged(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("index of shards: %s", what));
}

bool IsWeightsName(const std::string& name) {
  return absl::EndsWith(name, ".safetensors") || absl::EndsWith(name, ".pth") ||
         absl::EndsWith(name, ".pt") || absl::EndsWith(name, ".bin") ||
         absl::EndsWith(name, ".ckpt");
}

bool IsBelow(const fs::path& path, const fs::path& folder) {
  const auto [end, rest] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

}  // namespace

bool IsShardIndexName(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  return absl::EndsWith(name, ".json") && absl::StrContains(name, ".index.");
}

absl::StatusOr<ShardIndex> ReadShardIndex(const ByteSource& source) {
  if (source.size() > kMostIndexBytes) {
    return Damaged(
        absl::StrFormat("has %d bytes; at most %d are read", source.size(), kMostIndexBytes));
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string text, source.ReadString(0, source.size()));
  const auto root = ParseStrictJson(text, kDeepestIndex);
  if (!root.ok()) return Damaged(std::string(root.status().message()));
  if (!root->contains("weight_map") || !(*root)["weight_map"].is_object()) {
    return Damaged("it has no \"weight_map\" object");
  }
  ShardIndex index;
  for (const auto& [tensor, file] : (*root)["weight_map"].items()) {
    if (!file.is_string()) return Damaged(absl::StrFormat("\"%s\" names no file", tensor));
    const std::string name = file.get<std::string>();
    if (const absl::Status status = CheckEntryName(name); !status.ok()) {
      return Damaged(
          absl::StrFormat("the shard's name \"%s\" is not one: %s", name, status.message()));
    }
    index.files[name].push_back(tensor);
    if (index.files.size() > kMostShards) return Damaged("it names too many files");
  }
  if (index.files.empty()) return Damaged("its \"weight_map\" is empty");
  return index;
}

absl::StatusOr<std::string> FindWeightsInFolder(const std::string& folder) {
  std::vector<std::string> indexes;
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (IsShardIndexName(name)) {
      indexes.push_back(name);
    } else if (IsWeightsName(name)) {
      files.push_back(name);
    }
  }
  if (error) {
    return absl::PermissionDeniedError(
        absl::StrFormat("%s: the folder can't be read: %s", folder, error.message()));
  }
  std::vector<std::string>& found = indexes.empty() ? files : indexes;
  std::sort(found.begin(), found.end());
  if (found.size() == 1) return (fs::path(folder) / found.front()).string();
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s is a folder with %s; name the file, or the index of shards (*%s)", folder,
      found.empty() ? "no weights in it" : "several: " + absl::StrJoin(found, ", "), kIndexSuffix));
}

absl::StatusOr<std::string> ResolveShard(const std::string& index, const std::string& shard,
                                         const std::string& root) {
  std::error_code error;
  const fs::path folder = fs::canonical(fs::path(index).parent_path() / ".", error);
  const fs::path path = error ? fs::path() : fs::canonical(folder / shard, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrFormat("the shard \"%s\" is not to be had: %s", shard, error.message()));
  }
  const fs::path allowed = root.empty() ? folder : fs::canonical(root, error);
  if (!error && IsBelow(path, allowed)) return path.string();
  return absl::PermissionDeniedError(
      absl::StrFormat("the shard \"%s\" is a link to %s, which is outside %s", shard, path.string(),
                      allowed.string()));
}

}  // namespace sconce
