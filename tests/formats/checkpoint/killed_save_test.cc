// kill -9 while a checkpoint is being saved. What is on disk changes in system calls and nowhere
// else, so the saving process is killed at those: at every one of a small save, and at random ones
// of a large save as often as SCONCE_KILLS says.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>

#include "server/base/status_macros.h"
#include "server/formats/checkpoint/checkpoint_writer.h"
#include "server/formats/io/atomic_output.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::ReadFile;
using testing::TemporaryFolder;

class FilledWeights final : public WeightsFile {
 public:
  FilledWeights(char fill, size_t bytes) {
    for (const char* name : {"a.weight", "b.weight"}) {
      StoredTensor tensor;
      tensor.name = name;
      tensor.dtype = FindDtype("uint8");
      tensor.shape = {static_cast<int64_t>(bytes)};
      tensor.strides = {1};
      tensor.storage = OwnedBytes(std::string(bytes, fill));
      tensors_.push_back(std::move(tensor));
    }
  }
  absl::StatusOr<std::string> Digest() override { return std::string(); }
};

// Files by name, or one file without.
using Contents = std::map<std::string, std::string>;

Contents ContentsOf(const std::string& path) {
  if (!std::filesystem::is_directory(path)) return {{"", ReadFile(path)}};
  Contents contents;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    contents[entry.path().filename().string()] = ReadFile(entry.path().string());
  }
  return contents;
}

absl::Status Save(const std::string& path, const WriteOptions& options, char fill, size_t bytes) {
  FilledWeights weights(fill, bytes);
  SCONCE_ASSIGN_OR_RETURN(auto out, WritesFolder(options) ? AtomicOutput::ForFolder(path)
                                                          : AtomicOutput::ForFile(path));
  SCONCE_RETURN_IF_ERROR(WriteCheckpoint(weights, options, *out));
  return out->Commit().status();
}

// Runs `body` in a process that is killed where its system call number `stop` begins or ends, two
// stops for each. Returns whether it came so far.
bool KilledAt(size_t stop, const std::function<void()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    body();
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSTOPPED(status));
  for (size_t i = 0; i < stop; ++i) {
    EXPECT_EQ(::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr), 0);
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    if (!WIFSTOPPED(status)) return false;
  }
  ::kill(child, SIGKILL);
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return true;
}

// Saves with other contents each time and looks at what is there afterwards.
class Saver {
 public:
  Saver(const WriteOptions& options, size_t bytes) : options_(options), bytes_(bytes) {
    for (const char fill : {'a', 'b'}) {
      SCONCE_EXPECT_OK(Save(path(), options_, fill, bytes_));
      wanted_.push_back(ContentsOf(path()));
    }
    now_ = 1;
  }

  // False: the save ended before that.
  bool SaveKilledAt(size_t stop) {
    const int next = 1 - now_;
    const bool killed =
        KilledAt(stop, [&] { (void)Save(path(), options_, next == 0 ? 'a' : 'b', bytes_); });
    const Contents found = ContentsOf(path());
    EXPECT_TRUE(found == wanted_[0] || found == wanted_[1]) << "killed at stop " << stop;
    if (found == wanted_[next]) now_ = next;
    return killed;
  }

  // Leftovers go with the next save.
  void ExpectNothingElse() {
    SCONCE_EXPECT_OK(Save(path(), options_, 'a', bytes_));
    EXPECT_EQ(folder_.Names().size(), 1u);
  }

 private:
  std::string path() const { return folder_.Path("checkpoint"); }

  const TemporaryFolder folder_;
  const WriteOptions options_;
  const size_t bytes_;
  std::vector<Contents> wanted_;
  int now_ = 0;
};

size_t StopsOf(Saver& saver) {
  size_t stops = 0;
  for (size_t step = 1 << 16; step > 0; step /= 2) {
    if (saver.SaveKilledAt(stops + step)) stops += step;
  }
  return stops;
}

class KilledSave : public ::testing::TestWithParam<WriteOptions> {};

TEST_P(KilledSave, AtAnySystemCallLeavesTheOldOrTheNewWhole) {
  Saver saver(GetParam(), 64);
  size_t stop = 0;
  while (saver.SaveKilledAt(stop)) ++stop;
  EXPECT_GT(stop, 20u);  // it did something
  saver.ExpectNothingElse();
}

TEST_P(KilledSave, AtRandomPointsOfALargeSaveToo) {
  const char* kills = std::getenv("SCONCE_KILLS");
  if (kills == nullptr) GTEST_SKIP() << "set SCONCE_KILLS to how many";
  Saver saver(GetParam(), 24 << 20);
  std::mt19937 random(20260101);
  std::uniform_int_distribution<size_t> stops(0, StopsOf(saver));
  for (int left = std::atoi(kills); left > 0; --left) saver.SaveKilledAt(stops(random));
  saver.ExpectNothingElse();
}

INSTANTIATE_TEST_SUITE_P(Formats, KilledSave,
                         ::testing::Values(WriteOptions{.format = CheckpointFormat::kStateDict},
                                           WriteOptions{.format = CheckpointFormat::kSafetensors},
                                           WriteOptions{.format = CheckpointFormat::kSafetensors,
                                                        .shard_bytes = 1}),
                         [](const auto& options) {
                           return options.param.format == CheckpointFormat::kStateDict ? "StateDict"
                                  : options.param.shard_bytes == 0 ? "Safetensors"
                                                                   : "Shards";
                         });

}  // namespace
}  // namespace sconce
