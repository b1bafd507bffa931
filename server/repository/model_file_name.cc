#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "server/repository/model_folder.h"

namespace sconce {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kStems = {"changelog", "dockerfile", "license",
                                                    "makefile",  "notice",     "readme"};

constexpr std::array<std::string_view, 36> kSuffixes = {
    ".asc",     ".cfg",   ".conf", ".csv",  ".gif", ".html", ".ini", ".ipynb", ".jpeg",
    ".jpg",     ".json",  ".lock", ".log",  ".md",  ".md5",  ".npy", ".npz",   ".part",
    ".partial", ".pbtxt", ".pdf",  ".png",  ".py",  ".rst",  ".sh",  ".sha1",  ".sha256",
    ".sig",     ".svg",   ".tmp",  ".toml", ".tsv", ".txt",  ".xml", ".yaml",  ".yml"};

template <size_t kSize>
bool Has(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::string_view kIndexSuffix = ".index.json";

// "model-00001-of-00003.safetensors"
bool IsNumberedShard(std::string_view name) {
  constexpr std::string_view kShape = "-00000-of-00000";
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot < kShape.size()) return false;
  const std::string_view number = name.substr(dot - kShape.size(), kShape.size());
  return std::equal(number.begin(), number.end(), kShape.begin(), [](char c, char shape) {
    return shape == '0' ? absl::ascii_isdigit(c) : c == shape;
  });
}

bool IsShardSuffix(const fs::path& suffix) { return suffix == ".safetensors" || suffix == ".bin"; }

}  // namespace

bool IsShardIndex(const std::string& file_name) {
  return file_name.size() > kIndexSuffix.size() && file_name.ends_with(kIndexSuffix);
}

bool MayBeShardOf(const std::string& index, const std::string& file_name) {
  const fs::path whole = fs::path(index).stem().stem();
  const fs::path file(file_name);
  if (file == whole) return false;
  return IsShardSuffix(whole.extension()) ? file.extension() == whole.extension()
                                          : IsShardSuffix(file.extension());
}

std::string BareModelName(const std::string& file_name) {
  fs::path name = fs::path(file_name).stem();
  if (!IsShardIndex(file_name)) return name.string();
  name = name.stem();
  return (IsShardSuffix(name.extension()) ? name.stem() : name).string();
}

bool MayBeModelFile(const std::string& file_name) {
  if (file_name.empty() || file_name.front() == '.') return false;
  const std::string lower = absl::AsciiStrToLower(file_name);
  if (IsShardIndex(file_name)) return true;
  if (lower == "golden.safetensors" || IsNumberedShard(lower)) return false;
  const size_t first_dot = lower.find('.');
  if (Has(kStems, std::string_view(lower).substr(0, first_dot))) return false;
  const size_t last_dot = lower.rfind('.');
  return last_dot == std::string::npos || !Has(kSuffixes, std::string_view(lower).substr(last_dot));
}

}  // namespace sconce
