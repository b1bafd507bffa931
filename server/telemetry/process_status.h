// What the operating system says about this process.

#ifndef SCONCE_SERVER_TELEMETRY_PROCESS_STATUS_H_
#define SCONCE_SERVER_TELEMETRY_PROCESS_STATUS_H_

#include <cstdint>

namespace sconce {

// What could not be read is zero.
struct ProcessStatus {
  uint64_t resident_bytes = 0;
  uint64_t virtual_bytes = 0;
  uint64_t open_fds = 0;
  uint64_t max_fds = 0;
  uint64_t threads = 0;
  double cpu_seconds = 0;
  double start_unix_seconds = 0;
  double seconds_since_start = 0;  // since exec, to a hundredth
};

ProcessStatus ReadProcessStatus();

}  // namespace sconce

#endif  // SCONCE_SERVER_TELEMETRY_PROCESS_STATUS_H_
