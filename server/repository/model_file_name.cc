#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "server/repository/model_folder.h"

namespace sconce {
namespace {

constexpr std::array<std::string_view, 6> kStems = {"changelog", "dockerfile", "license",
                                                    "makefile",  "notice",     "readme"};

constexpr std::array<std::string_view, 35> kSuffixes = {
    ".asc",   ".cfg",  ".conf", ".csv", ".gif", ".html", ".ini",  ".ipynb",  ".jpeg",
    ".jpg",   ".json", ".lock", ".log", ".md",  ".md5",  ".npy",  ".npz",    ".part",
    ".pbtxt", ".pdf",  ".png",  ".py",  ".rst", ".sh",   ".sha1", ".sha256", ".sig",
    ".svg",   ".tmp",  ".toml", ".tsv", ".txt", ".xml",  ".yaml", ".yml"};

template <size_t kSize>
bool Has(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool MayBeModelFile(const std::string& file_name) {
  if (file_name.empty() || file_name.front() == '.') return false;
  const std::string lower = absl::AsciiStrToLower(file_name);
  if (lower == "golden.safetensors") return false;
  const size_t first_dot = lower.find('.');
  if (Has(kStems, std::string_view(lower).substr(0, first_dot))) return false;
  const size_t last_dot = lower.rfind('.');
  return last_dot == std::string::npos || !Has(kSuffixes, std::string_view(lower).substr(last_dot));
}

}  // namespace sconce
