// FileDescription as text and as JSON.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/formats/describe/describe.h"

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

constexpr size_t kMostLines = 200;

void AppendMore(size_t all, const char* what, std::string& text) {
  if (all > kMostLines) {
    text += absl::StrFormat("  and %d more %s; --json lists all\n", all - kMostLines, what);
  }
}

void AppendLines(const std::vector<std::string>& lines, const char* what, std::string& text) {
  for (size_t i = 0; i < std::min(lines.size(), kMostLines); ++i) text += lines[i] + "\n";
  AppendMore(lines.size(), what, text);
}

void AppendTensors(const FileDescription& description, std::string& text) {
  const auto& tensors = description.tensors;
  const size_t shown = std::min(tensors.size(), kMostLines);
  size_t name_width = 0, dtype_width = 0;
  uint64_t bytes = 0;
  for (const FileDescription::Tensor& tensor : tensors) bytes += tensor.bytes;
  for (size_t i = 0; i < shown; ++i) {
    name_width = std::max(name_width, std::min<size_t>(tensors[i].name.size(), 60));
    dtype_width = std::max(dtype_width, tensors[i].dtype.size());
  }
  text += absl::StrFormat("tensors: %d, %s\n", tensors.size(), HumanBytes(bytes));
  std::map<size_t, const std::string*> owners;
  for (size_t i = 0; i < shown; ++i) {
    const FileDescription::Tensor& tensor = tensors[i];
    text += absl::StrFormat("  %-*s  %-*s  %s", static_cast<int>(name_width), tensor.name,
                            static_cast<int>(dtype_width), tensor.dtype, ShapeText(tensor.shape));
    const auto [owner, first] = owners.try_emplace(tensor.storage, &tensor.name);
    if (!first) text += absl::StrFormat("  (shares the storage of %s)", *owner->second);
    text += "\n";
  }
  AppendMore(tensors.size(), "tensors", text);
}

}  // namespace

std::string ToText(const FileDescription& description) {
  std::string text = absl::StrFormat("%s: %s\n", description.path, description.kind);
  text +=
      absl::StrFormat("container: %s, %s\n", description.container, HumanBytes(description.bytes));
  AppendLines(description.facts, "lines", text);
  if (!description.modules.empty()) {
    text += absl::StrFormat("modules: %d\n", description.modules.size());
    AppendLines(description.modules, "modules", text);
  }
  if (!description.foreign_globals.empty()) {
    const auto& names = description.foreign_globals;
    const size_t shown = std::min(names.size(), kMostLines);
    text += absl::StrFormat(
        "needs from Python: %s%s\n",
        absl::StrJoin(names.begin(), names.begin() + static_cast<ptrdiff_t>(shown), ", "),
        names.size() > shown ? absl::StrFormat(" and %d more", names.size() - shown) : "");
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
                       {"bytes", tensor.bytes},
                       {"storage", tensor.storage}});
  }
  nlohmann::json weights = nlohmann::json::array();
  for (const FileDescription::Weights& set : description.weights) {
    weights.push_back({{"key", set.key}, {"tensors", set.tensors}});
  }
  return {{"path", description.path},
          {"bytes", description.bytes},
          {"container", description.container},
          {"kind", description.kind},
          {"tensors", std::move(tensors)},
          {"weights", std::move(weights)},
          {"facts", description.facts},
          {"modules", description.modules},
          {"foreign_globals", description.foreign_globals},
          {"advice", description.advice}};
}

}  // namespace sconce
