#include "server/telemetry/process_status.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace sconce {
namespace {

double ReadClock(clockid_t clock) {
  timespec now{};
  if (clock_gettime(clock, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

uint64_t CountOpenFds() {
  DIR* directory = opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  uint64_t entries = 0;
  while (readdir(directory) != nullptr) ++entries;
  closedir(directory);
  // ".", ".." and the descriptor that read the folder.
  return entries > 3 ? entries - 3 : 0;
}

// Fields 3 and on of /proc/self/stat; the second holds the program's name, which may hold anything.
std::istringstream StatFields() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t end_of_name = text.rfind(')');
  return std::istringstream(end_of_name == std::string::npos ? "" : text.substr(end_of_name + 1));
}

// See proc(5).
void ReadStat(ProcessStatus& status) {
  constexpr int kUserTime = 14, kSystemTime = 15, kThreads = 20, kStartTime = 22, kVirtual = 23,
                kResidentPages = 24;
  std::istringstream fields = StatFields();
  std::string word;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  for (int field = 3; field <= kResidentPages && fields >> word; ++field) {
    if (field < kUserTime) continue;
    const double value = std::strtod(word.c_str(), nullptr);
    if (field == kUserTime || field == kSystemTime) status.cpu_seconds += value / ticks;
    if (field == kThreads) status.threads = static_cast<uint64_t>(value);
    if (field == kVirtual) status.virtual_bytes = static_cast<uint64_t>(value);
    if (field == kStartTime) status.seconds_since_start = ReadClock(CLOCK_BOOTTIME) - value / ticks;
    if (field == kResidentPages) {
      status.resident_bytes = static_cast<uint64_t>(value) * sysconf(_SC_PAGESIZE);
    }
  }
}

}  // namespace

ProcessStatus ReadProcessStatus() {
  ProcessStatus status;
  ReadStat(status);
  status.start_unix_seconds = ReadClock(CLOCK_REALTIME) - status.seconds_since_start;
  status.open_fds = CountOpenFds();
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) status.max_fds = limit.rlim_cur;
  return status;
}

}  // namespace sconce
