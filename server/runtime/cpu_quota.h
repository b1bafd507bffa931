// CPU quotas of Linux control groups, both versions, as the files of /sys/fs/cgroup state them.

#ifndef SCONCE_SERVER_RUNTIME_CPU_QUOTA_H_
#define SCONCE_SERVER_RUNTIME_CPU_QUOTA_H_

#include <optional>
#include <string>
#include <string_view>

namespace sconce {

// cpu.max: "150000 100000" is 1.5 CPUs. Nothing: no limit ("max ..."), or not such a text.
std::optional<double> ParseCpuMax(std::string_view text);

// cpu.cfs_quota_us over cpu.cfs_period_us. Nothing: no limit (-1), or not such texts.
std::optional<double> ParseCfsQuota(std::string_view quota, std::string_view period);

// The process's own groups, from /proc/self/cgroup. "/" where it names none.
struct CgroupPaths {
  std::string unified = "/";  // v2
  std::string cpu = "/";      // v1's cpu controller
};
CgroupPaths ParseProcCgroup(std::string_view text);

// The smallest quota on the way from the process's groups up to the root, in CPUs. `root` is
// /sys/fs/cgroup, `proc_cgroup` the text of /proc/self/cgroup. Groups that are not mounted here (in
// a container) are passed over; the root, which is then the container's own, never is.
std::optional<double> CpuQuota(const std::string& root, std::string_view proc_cgroup);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_CPU_QUOTA_H_
