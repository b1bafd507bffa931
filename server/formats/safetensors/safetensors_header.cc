#include "server/formats/safetensors/safetensors_header.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"
#include "server/formats/safetensors/safetensors_dtype.h"
#include "server/formats/tensors/torch_dtype.h"
#include "server/formats/text/strict_json.h"

namespace sconce {
namespace {

using nlohmann::json;

constexpr uint64_t kMostHeaderBytes = 100'000'000;  // as the format's own library has it
constexpr size_t kMostDimensions = 64;              // as PyTorch has it
constexpr int kDeepestHeader = 3;                   // {"name": {"shape": [...]}}

absl::Status Damaged(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("safetensors: %s", what));
}

// Non-negative integers, or nothing.
std::optional<std::vector<int64_t>> Counts(const json& list) {
  if (!list.is_array()) return std::nullopt;
  std::vector<int64_t> counts;
  for (const json& item : list) {
    if (!item.is_number_unsigned() || item.get<uint64_t>() > static_cast<uint64_t>(INT64_MAX)) {
      return std::nullopt;
    }
    counts.push_back(item.get<int64_t>());
  }
  return counts;
}

absl::StatusOr<SafetensorsHeader::Tensor> ReadTensor(const std::string& name, const json& entry) {
  if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() ||
      !entry.contains("shape") || !entry.contains("data_offsets")) {
    return Damaged(absl::StrFormat("\"%s\" lacks its dtype, shape or data_offsets", name));
  }
  const TorchDtype* dtype = FindDtypeOfSafetensors(entry["dtype"].get<std::string>());
  if (dtype == nullptr) {
    return Damaged(absl::StrFormat("\"%s\" has the unknown dtype \"%s\"", name,
                                   entry["dtype"].get<std::string>()));
  }
  const auto shape = Counts(entry["shape"]);
  const auto offsets = Counts(entry["data_offsets"]);
  if (!shape || !offsets || offsets->size() != 2 || (*offsets)[0] > (*offsets)[1]) {
    return Damaged(absl::StrFormat("\"%s\" has a malformed shape or data_offsets", name));
  }
  if (shape->size() > kMostDimensions) {
    return Damaged(absl::StrFormat("\"%s\" has %d dimensions; at most %d are read", name,
                                   shape->size(), kMostDimensions));
  }
  uint64_t bytes = dtype->size;
  for (const int64_t size : *shape) {
    const auto product = CheckedMultiply(bytes, static_cast<uint64_t>(size));
    if (!product) return Damaged(absl::StrFormat("\"%s\" is too large to be counted", name));
    bytes = *product;
  }
  SafetensorsHeader::Tensor tensor{name, std::string(dtype->name), *shape,
                                   static_cast<uint64_t>((*offsets)[0]),
                                   static_cast<uint64_t>((*offsets)[1])};
  if (tensor.end - tensor.begin != bytes) {
    return Damaged(absl::StrFormat("\"%s\" needs %d bytes and has %d", name, bytes,
                                   tensor.end - tensor.begin));
  }
  return tensor;
}

absl::Status CheckLayout(std::vector<SafetensorsHeader::Tensor>& tensors, uint64_t data_bytes) {
  std::stable_sort(tensors.begin(), tensors.end(), [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  uint64_t position = 0;
  for (const SafetensorsHeader::Tensor& tensor : tensors) {
    if (tensor.begin != position) {
      return Damaged(absl::StrFormat("\"%s\" begins at byte %d, expected %d (a hole or an overlap)",
                                     tensor.name, tensor.begin, position));
    }
    position = tensor.end;
  }
  if (position == data_bytes) return absl::OkStatus();
  return Damaged(absl::StrFormat("its tensors take %d bytes, the file has %d (truncated?)",
                                 position, data_bytes));
}

}  // namespace

absl::StatusOr<SafetensorsHeader> ReadSafetensorsHeader(const ByteSource& source) {
  if (source.size() < 8) return Damaged("too short");
  SCONCE_ASSIGN_OR_RETURN(const std::string prefix, source.ReadString(0, 8));
  const uint64_t length = *ByteReader(prefix).ReadU64();
  if (length > kMostHeaderBytes || length > source.size() - 8) {
    return Damaged(
        absl::StrFormat("announces a header of %d bytes; the file has %d", length, source.size()));
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string text, source.ReadString(8, length));
  if (text.empty() || text.front() != '{') return Damaged("its header is no JSON object");
  const auto root = ParseStrictJson(text, kDeepestHeader);
  if (!root.ok()) return Damaged(absl::StrFormat("its header: %s", root.status().message()));
  SafetensorsHeader header;
  header.data_offset = 8 + length;
  for (const auto& [name, entry] : root->items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) return Damaged("its __metadata__ is no object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) return Damaged("its __metadata__ holds something that is no text");
        header.metadata.emplace_back(key, value.get<std::string>());
      }
      continue;
    }
    SCONCE_ASSIGN_OR_RETURN(SafetensorsHeader::Tensor tensor, ReadTensor(name, entry));
    header.tensors.push_back(std::move(tensor));
  }
  SCONCE_RETURN_IF_ERROR(CheckLayout(header.tensors, source.size() - 8 - length));
  return header;
}

}  // namespace sconce
