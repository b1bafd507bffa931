#include "server/runtime/cpu_quota.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace sconce {
namespace {

std::vector<std::string> Words(std::string_view text) {
  return absl::StrSplit(std::string(text), absl::ByAnyChar(" \t\n"), absl::SkipEmpty());
}

std::optional<double> Ratio(const std::string& quota, const std::string& period) {
  int64_t granted = 0;
  int64_t out_of = 0;
  const bool numbers = absl::SimpleAtoi(quota, &granted) && absl::SimpleAtoi(period, &out_of);
  if (!numbers || granted <= 0 || out_of <= 0) return std::nullopt;
  return static_cast<double>(granted) / static_cast<double>(out_of);
}

// "" when there is no such file.
std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::optional<double> Smaller(std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

// The smallest of what `read` finds in the folder of each group, from `group` up to the root.
std::optional<double> SmallestAlong(
    const std::string& mount, const std::string& group,
    const std::function<std::optional<double>(const std::string&)>& read) {
  std::optional<double> smallest = read(mount);
  for (std::filesystem::path path = group; path.has_relative_path(); path = path.parent_path()) {
    smallest = Smaller(smallest, read(mount + path.string()));
  }
  return smallest;
}

std::optional<double> ReadUnified(const std::string& folder) {
  return ParseCpuMax(ReadText(folder + "/cpu.max"));
}

std::optional<double> ReadCfs(const std::string& folder) {
  return ParseCfsQuota(ReadText(folder + "/cpu.cfs_quota_us"),
                       ReadText(folder + "/cpu.cfs_period_us"));
}

}  // namespace

std::optional<double> ParseCpuMax(std::string_view text) {
  const auto words = Words(text);
  return words.size() == 2 ? Ratio(words[0], words[1]) : std::nullopt;
}

std::optional<double> ParseCfsQuota(std::string_view quota, std::string_view period) {
  const auto granted = Words(quota);
  const auto out_of = Words(period);
  if (granted.size() != 1 || out_of.size() != 1) return std::nullopt;
  return Ratio(granted[0], out_of[0]);
}

CgroupPaths ParseProcCgroup(std::string_view text) {
  CgroupPaths paths;
  // Lines are "4:cpu,cpuacct:/group"; version 2's names no controller: "0::/group".
  for (const std::string& line : Words(text)) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));
    if (parts.size() != 3 || parts[2].empty() || parts[2][0] != '/') continue;
    const std::vector<std::string> controllers = absl::StrSplit(parts[1], ',');
    if (parts[0] == "0" && parts[1].empty()) {
      paths.unified = parts[2];
    } else if (std::find(controllers.begin(), controllers.end(), "cpu") != controllers.end()) {
      paths.cpu = parts[2];
    }
  }
  return paths;
}

std::optional<double> CpuQuota(const std::string& root, std::string_view proc_cgroup) {
  const CgroupPaths paths = ParseProcCgroup(proc_cgroup);
  std::optional<double> quota = SmallestAlong(root, paths.unified, ReadUnified);
  quota = Smaller(quota, SmallestAlong(root + "/unified", paths.unified, ReadUnified));
  for (const char* mount : {"/cpu", "/cpu,cpuacct", "/cpuacct,cpu"}) {
    quota = Smaller(quota, SmallestAlong(root + mount, paths.cpu, ReadCfs));
  }
  return quota;
}

}  // namespace sconce
