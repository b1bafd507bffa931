#include "server/telemetry/process_status.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <ctime>
#include <vector>

namespace sconce {
namespace {

TEST(ProcessStatus, SeesMemoryThatIsTouched) {
  constexpr size_t kBytes = size_t{64} << 20;
  const ProcessStatus before = ReadProcessStatus();
  std::vector<char> block(kBytes, 1);
  const ProcessStatus after = ReadProcessStatus();
  EXPECT_GE(after.resident_bytes, before.resident_bytes + kBytes / 2) << block.back();
  EXPECT_GE(after.virtual_bytes, after.resident_bytes);
}

TEST(ProcessStatus, CountsOpenFiles) {
  const uint64_t before = ReadProcessStatus().open_fds;
  const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(ReadProcessStatus().open_fds, before + 1);
  close(fd);
  EXPECT_EQ(ReadProcessStatus().open_fds, before);
}

TEST(ProcessStatus, KnowsWhenTheProcessStarted) {
  const ProcessStatus status = ReadProcessStatus();
  const auto now = static_cast<double>(std::time(nullptr));
  EXPECT_GT(status.start_unix_seconds, now - 3600);
  EXPECT_LT(status.start_unix_seconds, now + 2);
  EXPECT_GE(status.seconds_since_start, 0);
  EXPECT_GE(status.threads, 1u);
  EXPECT_GT(status.max_fds, 0u);
}

}  // namespace
}  // namespace sconce
