#include "server/formats/checkpoint/state_dict_pickle.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace sconce {
namespace {

// Modules by path, in order, each with its version.
using Versions = std::vector<std::pair<std::string_view, int64_t>>;

const PickleValue* ValueOf(const std::vector<const PickleValue*>& entries, std::string_view key) {
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (entries[i]->Is(PickleKind::kString) && entries[i]->text == key) return entries[i + 1];
  }
  return nullptr;
}

// What state_dict() put on the dict as an attribute.
const PickleValue* MetadataOf(const PickleValue* original) {
  if (original == nullptr || original->changes == nullptr) return nullptr;
  for (const PickleValue* state : original->changes->states) {
    const auto* attributes = DictEntries(*state);
    const auto* metadata = attributes == nullptr ? nullptr : ValueOf(*attributes, "_metadata");
    if (metadata != nullptr) return metadata;
  }
  return nullptr;
}

// "fc" of "module.fc", "" of "module"; nothing for the wrappers further out.
std::optional<std::string_view> WithoutPrefix(std::string_view path, std::string_view prefix) {
  if (prefix.empty()) return path;
  if (path == prefix.substr(0, prefix.size() - 1)) return std::string_view();
  if (path.substr(0, prefix.size()) == prefix) return path.substr(prefix.size());
  return std::nullopt;
}

// Nothing when it holds more than versions.
std::optional<Versions> ReadVersions(const PickleValue& metadata, std::string_view prefix) {
  const auto* modules = DictEntries(metadata);
  if (modules == nullptr) return std::nullopt;
  Versions versions;
  for (size_t i = 0; i + 1 < modules->size(); i += 2) {
    const PickleValue& path = *(*modules)[i];
    const auto* attributes = DictEntries(*(*modules)[i + 1]);
    if (!path.Is(PickleKind::kString) || attributes == nullptr || attributes->size() > 2) {
      return std::nullopt;
    }
    const PickleValue* version = ValueOf(*attributes, "version");
    if (version == nullptr || !version->Is(PickleKind::kInt)) return std::nullopt;
    const auto name = WithoutPrefix(path.text, prefix);
    if (name) versions.emplace_back(*name, version->integer);
  }
  return versions;
}

// Batch normalisation counts its batches since version 2; without it, PyTorch would expect files
// that do not have the counter.
Versions VersionsByName(const std::vector<StoredTensor>& tensors) {
  constexpr std::string_view kCounter = "num_batches_tracked";
  Versions versions = {{"", 1}};
  std::unordered_map<std::string_view, size_t> known = {{"", 0}};
  for (const StoredTensor& tensor : tensors) {
    const std::string_view name = tensor.name;
    size_t module = 0;
    size_t begin = 0;
    for (size_t dot; (dot = name.find('.', begin)) != std::string_view::npos; begin = dot + 1) {
      const auto [found, added] = known.try_emplace(name.substr(0, dot), versions.size());
      if (added) versions.emplace_back(found->first, 1);
      module = found->second;
    }
    if (name.substr(begin) == kCounter) versions[module].second = 2;
  }
  return versions;
}

}  // namespace

const PickleValue* PickleStateDict(const std::vector<StoredTensor>& tensors,
                                   const PickleValue* original, std::string_view stripped_prefix,
                                   PickleBuilder& builder, TensorPickler& pickler) {
  const PickleValue* kept = MetadataOf(original);
  auto versions = kept == nullptr ? std::nullopt : ReadVersions(*kept, stripped_prefix);
  if (!versions) versions = VersionsByName(tensors);
  PickleBuilder::Values modules;
  for (const auto& [path, version] : *versions) {
    modules.push_back(builder.String(path));
    modules.push_back(builder.Dict({builder.String("version"), builder.Int(version)}));
  }
  PickleBuilder::Values entries;
  for (const StoredTensor& tensor : tensors) {
    entries.push_back(builder.String(tensor.name));
    entries.push_back(pickler.Tensor(tensor, false));
  }
  return builder.OrderedDict(
      std::move(entries),
      {builder.Dict({builder.String("_metadata"), builder.OrderedDict(std::move(modules))})});
}

}  // namespace sconce
