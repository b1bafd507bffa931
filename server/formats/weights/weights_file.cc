#include "server/formats/weights/weights_file.h"

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/safetensors/safetensors_file.h"
#include "server/formats/sniff.h"
#include "server/formats/tensors/digest.h"
#include "server/formats/text/printable_status.h"
#include "server/formats/weights/shard_index.h"
#include "server/formats/weights/weights_choice.h"
#include "server/formats/weights/weights_parts.h"

namespace sconce {
namespace {

absl::Status Named(const absl::Status& status, std::string_view name) {
  return {status.code(), absl::StrFormat("\"%s\": %s", name, status.message())};
}

class SafetensorsWeights final : public WeightsFile {
 public:
  explicit SafetensorsWeights(SafetensorsFile file) {
    tensors_ = std::move(file.tensors);
    metadata_ = std::move(file.metadata);
    kind_ = "safetensors";
  }

  absl::Status TakePart(const std::string& key) {
    SCONCE_ASSIGN_OR_RETURN(stripped_prefix_, sconce::TakePart(key, tensors_));
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Digest() override {
    std::string structure;
    for (const StoredTensor& tensor : tensors_) {
      absl::StrAppendFormat(&structure, "%s", tensor.dtype->name);
      for (const int64_t size : tensor.shape) absl::StrAppendFormat(&structure, ",%d", size);
    }
    for (const auto& [key, value] : metadata_) {
      absl::StrAppendFormat(&structure, "\n%d %s %d %s", key.size(), key, value.size(), value);
    }
    return DigestOf(structure, tensors_);
  }
};

class TorchWeights final : public WeightsFile {
 public:
  static absl::StatusOr<std::unique_ptr<WeightsFile>> Open(std::shared_ptr<const ByteSource> source,
                                                           const WeightsOptions& options) {
    SCONCE_ASSIGN_OR_RETURN(auto file, TorchFile::Open(std::move(source)));
    SCONCE_ASSIGN_OR_RETURN(const WeightsCandidate choice,
                            ChooseWeights(file->root(), options.weights_key));
    SCONCE_ASSIGN_OR_RETURN(const auto listed, TensorsOf(choice));
    auto weights = std::make_unique<TorchWeights>();
    for (const auto& [name, value] : listed) {
      auto tensor = file->TensorOf(*value);
      if (!tensor.ok()) return Named(tensor.status(), name);
      tensor->name = name;
      weights->tensors_.push_back(*std::move(tensor));
    }
    weights->torch_file_ = std::move(file);
    weights->weights_key_ = choice.key;
    const bool is_dict = DictEntries(*choice.value) != nullptr;
    (is_dict ? weights->weights_dict_ : weights->module_) = choice.value;
    weights->kind_ = !choice.key.empty() ? "checkpoint" : is_dict ? "state_dict" : "pickled model";
    weights->stripped_prefix_ = choice.prefix;
    if (options.strip_prefixes) weights->stripped_prefix_ += StripPrefix(weights->tensors_);
    return weights;
  }

  absl::StatusOr<std::string> Digest() override { return torch_file_->Digest(); }
};

// The values of a TorchScript archive's objects by dotted path; what was looked up once is found
// at once.
class Attributes {
 public:
  const PickleValue* Find(const PickleValue& root, std::string_view path) {
    const PickleValue* at = &root;
    while (at != nullptr && !path.empty()) {
      const size_t dot = path.find('.');
      const auto& inside = Inside(*at);
      const auto found = inside.find(path.substr(0, dot));
      at = found == inside.end() ? nullptr : found->second;
      path = dot == std::string_view::npos ? "" : path.substr(dot + 1);
    }
    return at;
  }

 private:
  using Map = std::unordered_map<std::string_view, const PickleValue*>;

  const Map& Inside(const PickleValue& object) {
    const auto [known, added] = known_.try_emplace(&object);
    if (!added || object.changes == nullptr || object.changes->states.empty()) {
      return known->second;
    }
    const auto* entries = DictEntries(*object.changes->states.back());
    for (size_t i = 0; entries != nullptr && i + 1 < entries->size(); i += 2) {
      if ((*entries)[i]->Is(PickleKind::kString)) {
        known->second[(*entries)[i]->text] = (*entries)[i + 1];
      }
    }
    return known->second;
  }

  std::unordered_map<const PickleValue*, Map> known_;
};

class ArchiveWeights final : public WeightsFile {
 public:
  static absl::StatusOr<std::unique_ptr<WeightsFile>> Open(std::shared_ptr<const ByteSource> source,
                                                           const std::vector<std::string>& names) {
    SCONCE_ASSIGN_OR_RETURN(auto file, TorchFile::OpenArchive(std::move(source)));
    auto weights = std::make_unique<ArchiveWeights>();
    Attributes attributes;
    for (const std::string& name : names) {
      const PickleValue* value = attributes.Find(file->root(), name);
      if (value == nullptr) {
        return absl::NotFoundError(absl::StrFormat("the archive has no attribute \"%s\"", name));
      }
      auto tensor = file->TensorOf(*value);
      if (!tensor.ok()) return Named(tensor.status(), name);
      tensor->name = name;
      weights->tensors_.push_back(*std::move(tensor));
    }
    weights->archive_ = std::move(file);
    weights->kind_ = "TorchScript archive";
    return weights;
  }

  absl::StatusOr<std::string> Digest() override { return archive_->Digest(); }

 private:
  std::shared_ptr<TorchFile> archive_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<WeightsFile>> OpenOne(const std::string& path,
                                                     const WeightsOptions& options) {
  SCONCE_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> source, ByteSource::OpenFile(path));
  SCONCE_ASSIGN_OR_RETURN(const std::string head,
                          source->ReadString(0, std::min<uint64_t>(kSniffBytes, source->size())));
  if (SniffContainer(head) != Container::kSafetensors) {
    return TorchWeights::Open(std::move(source), options);
  }
  SCONCE_ASSIGN_OR_RETURN(SafetensorsFile file, OpenSafetensors(source));
  auto weights = std::make_unique<SafetensorsWeights>(std::move(file));
  if (!options.weights_key.empty()) SCONCE_RETURN_IF_ERROR(weights->TakePart(options.weights_key));
  return weights;
}

absl::StatusOr<std::string> TakePart(const std::string& key, std::vector<StoredTensor>& tensors) {
  const std::string prefix = key + ".";
  std::vector<StoredTensor> part;
  for (StoredTensor& tensor : tensors) {
    if (!absl::StartsWith(tensor.name, prefix)) continue;
    part.push_back(tensor);
    part.back().name.erase(0, prefix.size());
  }
  if (part.empty()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("it holds weights and nothing else: it has no key \"%s\", and no name of a "
                        "tensor begins with \"%s\"",
                        key, prefix));
  }
  tensors = std::move(part);
  return prefix;
}

std::string StripPrefix(std::vector<StoredTensor>& tensors) {
  std::string stripped;
  for (bool again = !tensors.empty(); again;) {
    again = false;
    for (const std::string_view prefix : {"module.", "_orig_mod."}) {
      const bool all = std::all_of(tensors.begin(), tensors.end(), [&](const StoredTensor& tensor) {
        return tensor.name.size() > prefix.size() &&
               absl::StartsWith(tensor.name, std::string(prefix));
      });
      if (!all) continue;
      for (StoredTensor& tensor : tensors) tensor.name.erase(0, prefix.size());
      stripped += prefix;
      again = true;
    }
  }
  return stripped;
}

absl::StatusOr<std::unique_ptr<WeightsFile>> WeightsFile::Open(const std::string& path,
                                                               const WeightsOptions& options) {
  std::error_code ignored;
  std::string file = path;
  if (std::filesystem::is_directory(path, ignored)) {
    SCONCE_ASSIGN_OR_RETURN(file, FindWeightsInFolder(path));
  }
  auto weights = IsShardIndexName(file) ? OpenShards(file, options) : OpenOne(file, options);
  if (!weights.ok()) return PrintableStatus(weights.status());
  return weights;
}

absl::StatusOr<std::unique_ptr<WeightsFile>> WeightsFile::OpenArchive(
    const std::string& path, const std::vector<std::string>& names) {
  SCONCE_ASSIGN_OR_RETURN(std::shared_ptr<const ByteSource> source, ByteSource::OpenFile(path));
  auto weights = ArchiveWeights::Open(std::move(source), names);
  if (!weights.ok()) return PrintableStatus(weights.status());
  return weights;
}

}  // namespace sconce
