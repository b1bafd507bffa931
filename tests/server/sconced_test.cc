// The program itself: exit codes, signals, what it prints.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/server/http_get.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A running sconced; its standard output and error in one pipe.
class Program {
 public:
  // `held`: signals that wait until the program itself unblocks or takes them.
  explicit Program(std::vector<std::string> arguments, const sigset_t* held = nullptr) {
    arguments.insert(arguments.begin(), SCONCED);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2] = {-1, -1};
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    if (held != nullptr) {
      posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
      posix_spawnattr_setsigmask(&attributes, held);
    }
    EXPECT_EQ(posix_spawn(&pid_, SCONCED, &actions, &attributes, argv.data(), environ), 0);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    pipe_ = ends[0];
  }
  ~Program() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(pipe_);
  }

  // Reads until `text` was printed, the program ends or a minute has passed.
  bool Printed(const std::string& text) {
    while (output_.find(text) == std::string::npos) {
      if (!ReadMore()) return false;
    }
    return true;
  }

  void Signal(int signal) const { kill(pid_, signal); }

  // Waits for its end; -1 when it did not exit of itself.
  int ExitCode() {
    while (ReadMore()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  const std::string& output() const { return output_; }

 private:
  bool ReadMore() {
    pollfd waiting{.fd = pipe_, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, 60'000) <= 0) return false;
    char buffer[4096];
    const ssize_t n = read(pipe_, buffer, sizeof(buffer));
    if (n > 0) output_.append(buffer, n);
    return n > 0;
  }

  pid_t pid_ = -1;
  int pipe_ = -1;
  std::string output_;
};

class SconcedTest : public ::testing::Test {
 protected:
  SconcedTest() {
    std::string pattern = ::testing::TempDir() + "sconced_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~SconcedTest() override { std::filesystem::remove_all(folder_); }

  std::vector<std::string> Arguments() const {
    return {"--models", folder_, "--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"};
  }

  std::string folder_;
};

TEST_F(SconcedTest, SaysWhereItServesAndStopsWithZeroOnASignal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    Program program(Arguments());
    ASSERT_TRUE(program.Printed("serving grpc=127.0.0.1:")) << program.output();
    program.Signal(signal);
    EXPECT_EQ(program.ExitCode(), 0) << program.output();
    EXPECT_THAT(program.output(), HasSubstr("info stopped\n"));
    EXPECT_THAT(program.output(), HasSubstr("seconds_since_exec="));
  }
}

TEST_F(SconcedTest, ASignalDuringTheStartIsNotLost) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  Program program(Arguments(), &stop);
  program.Signal(SIGTERM);  // most likely before main
  EXPECT_EQ(program.ExitCode(), 0) << program.output();
}

TEST_F(SconcedTest, UsageErrorsExitWithTwo) {
  Program program({"--nonsense"});
  EXPECT_EQ(program.ExitCode(), 2);
  EXPECT_THAT(program.output(), StartsWith("sconced: "));
}

TEST_F(SconcedTest, HelpExitsWithZero) {
  Program program({"--help"});
  EXPECT_EQ(program.ExitCode(), 0);
  EXPECT_THAT(program.output(), HasSubstr("--models DIR"));
}

TEST_F(SconcedTest, AFailedStartExitsWithOneAndSaysWhy) {
  Program program({"--models", folder_ + "/nothing"});
  EXPECT_EQ(program.ExitCode(), 1);
  EXPECT_THAT(program.output(), StartsWith("sconced: "));
  EXPECT_THAT(program.output(), HasSubstr(folder_ + "/nothing"));
}

}  // namespace
}  // namespace sconce
