// FileDescription as text and as JSON.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/formats/describe.h"

namespace sconce {
namespace {

std::string HumanBytes(uint64_t bytes) {
  if (bytes < 1024) return absl::StrFormat("%d bytes", bytes);
  const char* units[] = {"KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(units)) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, units[unit]);
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  return absl::StrFormat("[%s]", absl::StrJoin(shape, ", "));
}

void AppendTensors(const FileDescription& description, std::string& text) {
  size_t name_width = 0, dtype_width = 0;
  uint64_t bytes = 0;
  for (const FileDescription::Tensor& tensor : description.tensors) {
    name_width = std::max(name_width, std::min<size_t>(tensor.name.size(), 60));
    dtype_width = std::max(dtype_width, tensor.dtype.size());
    bytes += tensor.bytes;
  }
  text += absl::StrFormat("tensors: %d, %s\n", description.tensors.size(), HumanBytes(bytes));
  for (const FileDescription::Tensor& tensor : description.tensors) {
    text += absl::StrFormat("  %-*s  %-*s  %s\n", static_cast<int>(name_width), tensor.name,
                            static_cast<int>(dtype_width), tensor.dtype, ShapeText(tensor.shape));
  }
}

}  // namespace

std::string ToText(const FileDescription& description) {
  std::string text = absl::StrFormat("%s: %s\n", description.path, description.kind);
  text +=
      absl::StrFormat("container: %s, %s\n", description.container, HumanBytes(description.bytes));
  for (const std::string& fact : description.facts) text += fact + "\n";
  if (!description.foreign_globals.empty()) {
    text += absl::StrFormat("needs from Python: %s\n",
                            absl::StrJoin(description.foreign_globals, ", "));
  }
  if (!description.tensors.empty()) AppendTensors(description, text);
  text += description.advice + "\n";
  return text;
}

nlohmann::json ToJson(const FileDescription& description) {
  nlohmann::json tensors = nlohmann::json::array();
  for (const FileDescription::Tensor& tensor : description.tensors) {
    tensors.push_back({{"name", tensor.name},
                       {"dtype", tensor.dtype},
                       {"shape", tensor.shape},
                       {"bytes", tensor.bytes}});
  }
  return {{"path", description.path},
          {"bytes", description.bytes},
          {"container", description.container},
          {"kind", description.kind},
          {"tensors", std::move(tensors)},
          {"facts", description.facts},
          {"foreign_globals", description.foreign_globals},
          {"advice", description.advice}};
}

}  // namespace sconce
