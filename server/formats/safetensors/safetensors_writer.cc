#include "server/formats/safetensors/safetensors_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/safetensors/safetensors_dtype.h"
#include "server/formats/tensors/contiguous_bytes.h"
#include "server/formats/text/utf8.h"

namespace sconce {
namespace {

using nlohmann::ordered_json;

// Readers refuse longer ones.
constexpr size_t kMostHeaderBytes = 100'000'000;

absl::Status CheckWritable(const StoredTensor& tensor) {
  if (!FindSafetensorsDtype(*tensor.dtype)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "\"%s\" is of type %s, which safetensors have no name for; save a state_dict, or convert "
        "the weights",
        tensor.name, tensor.dtype->name));
  }
  if (tensor.name == "__metadata__" || !IsUtf8(tensor.name)) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "a tensor can't be called \"%s\" in safetensors; save a state_dict", tensor.name));
  }
  return absl::OkStatus();
}

// As the library orders them within a file.
bool ComesBefore(const StoredTensor& a, const StoredTensor& b) {
  const int rank_a = SafetensorsRank(*a.dtype);
  const int rank_b = SafetensorsRank(*b.dtype);
  return rank_a != rank_b ? rank_a < rank_b : a.name < b.name;
}

ordered_json MetadataOf(const SafetensorsMetadata& metadata) {
  ordered_json made = {{"format", "pt"}};
  for (const auto& [key, value] : metadata) made[key] = value;
  return made;
}

// With its length in front and spaces behind it, so that the data is aligned.
absl::StatusOr<std::string> HeaderOf(const std::vector<StoredTensor>& tensors,
                                     const SafetensorsMetadata& metadata) {
  ordered_json header = {{"__metadata__", MetadataOf(metadata)}};
  uint64_t position = 0;
  // A JSON object of this kind searches all its keys for each new one.
  std::string text = header.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  text.pop_back();
  for (const StoredTensor& tensor : tensors) {
    const uint64_t end = position + tensor.bytes();
    const ordered_json entry = {{"dtype", FindSafetensorsDtype(*tensor.dtype)->name},
                                {"shape", tensor.shape},
                                {"data_offsets", {position, end}}};
    text += absl::StrFormat(",%s:%s", ordered_json(tensor.name).dump(), entry.dump());
    position = end;
  }
  text += "}";
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > kMostHeaderBytes) {
    return absl::FailedPreconditionError(
        absl::StrFormat("safetensors: %d tensors need a header of %d bytes, and readers take no "
                        "more than %d; save in shards",
                        tensors.size(), text.size(), kMostHeaderBytes));
  }
  std::string length;
  for (int i = 0; i < 8; ++i) length.push_back(static_cast<char>(text.size() >> (8 * i)));
  return length + text;
}

absl::Status WriteFile(const std::string& name, std::vector<StoredTensor> tensors,
                       const SafetensorsMetadata& metadata, OutputFiles& out) {
  std::sort(tensors.begin(), tensors.end(), ComesBefore);
  SCONCE_ASSIGN_OR_RETURN(const std::string header, HeaderOf(tensors, metadata));
  uint64_t bytes = header.size();
  for (const StoredTensor& tensor : tensors) bytes += tensor.bytes();
  SCONCE_RETURN_IF_ERROR(out.Begin(name, bytes));
  SCONCE_RETURN_IF_ERROR(out.Write(header));
  for (StoredTensor& tensor : tensors) {
    const auto contiguous = MakeContiguous(std::move(tensor)).storage;
    SCONCE_RETURN_IF_ERROR(
        contiguous->Stream([&](std::string_view piece) { return out.Write(piece); }));
  }
  return absl::OkStatus();
}

std::vector<std::vector<StoredTensor>> ShardsOf(const std::vector<StoredTensor>& tensors,
                                                uint64_t shard_bytes) {
  std::vector<std::vector<StoredTensor>> shards(1);
  uint64_t filled = 0;
  for (const StoredTensor& tensor : tensors) {
    const bool fits = tensor.bytes() <= shard_bytes && filled <= shard_bytes - tensor.bytes();
    if (!fits && !shards.back().empty()) {
      shards.emplace_back();
      filled = 0;
    }
    shards.back().push_back(tensor);
    filled += tensor.bytes();
  }
  return shards;
}

absl::Status WriteIndex(const std::vector<std::vector<StoredTensor>>& shards,
                        const std::vector<std::string>& names, OutputFiles& out) {
  nlohmann::json files = nlohmann::json::object();
  uint64_t total = 0;
  for (size_t i = 0; i < shards.size(); ++i) {
    for (const StoredTensor& tensor : shards[i]) {
      files[tensor.name] = names[i];
      total += tensor.bytes();
    }
  }
  const ordered_json index = {{"metadata", {{"total_size", total}}}, {"weight_map", files}};
  const std::string text = index.dump(2) + "\n";
  SCONCE_RETURN_IF_ERROR(out.Begin("model.safetensors.index.json", text.size()));
  return out.Write(text);
}

}  // namespace

absl::Status WriteSafetensors(const std::vector<StoredTensor>& tensors,
                              const SafetensorsMetadata& metadata, uint64_t shard_bytes,
                              OutputFiles& out) {
  for (const StoredTensor& tensor : tensors) SCONCE_RETURN_IF_ERROR(CheckWritable(tensor));
  if (shard_bytes == 0) {
    SCONCE_RETURN_IF_ERROR(WriteFile("", tensors, metadata, out));
    return out.Finish();
  }
  const auto shards = ShardsOf(tensors, shard_bytes);
  std::vector<std::string> names;
  for (size_t i = 0; i < shards.size(); ++i) {
    names.push_back(shards.size() == 1
                        ? "model.safetensors"
                        : absl::StrFormat("model-%05d-of-%05d.safetensors", i + 1, shards.size()));
    SCONCE_RETURN_IF_ERROR(WriteFile(names.back(), shards[i], metadata, out));
  }
  if (shards.size() > 1) SCONCE_RETURN_IF_ERROR(WriteIndex(shards, names, out));
  return out.Finish();
}

}  // namespace sconce
