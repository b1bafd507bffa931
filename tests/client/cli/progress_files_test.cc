#include "client/cli/progress_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/testing/fake_clock.h"
#include "tests/testing/memory_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::FakeClock;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using ::testing::Pair;

constexpr std::chrono::seconds kLong{10};
constexpr std::chrono::milliseconds kShort{100};

class ProgressFilesTest : public ::testing::Test {
 protected:
  // A file of 2000 bytes in two steps with `step` before each.
  void WriteFile(bool terminal, Duration step) {
    ProgressFiles progress(files_, text_, terminal, clock_);
    SCONCE_ASSERT_OK(progress.Begin("a.bin", 2000));
    for (int i = 0; i < 2; ++i) {
      clock_.Advance(step);
      SCONCE_ASSERT_OK(progress.Write(std::string(1000, 'x')));
    }
    SCONCE_ASSERT_OK(progress.Finish());
  }

  FakeClock clock_;
  MemoryFiles files_;
  std::ostringstream text_;
};

TEST_F(ProgressFilesTest, PassesEverythingOn) {
  WriteFile(true, kShort);
  EXPECT_TRUE(files_.finished());
  EXPECT_EQ(files_.announced("a.bin"), 2000u);
  EXPECT_THAT(files_.contents(), ElementsAre(Pair("a.bin", std::string(2000, 'x'))));
}

TEST_F(ProgressFilesTest, ATerminalHasABarThatGoesAway) {
  WriteFile(true, kShort);
  EXPECT_THAT(text_.str(), HasSubstr("a.bin  [##########..........]  50 %  1000 B of 2.0 KiB"));
  EXPECT_THAT(text_.str(), EndsWith("\r\x1b[K"));
  EXPECT_THAT(text_.str(), ::testing::Not(HasSubstr("\n")));
}

TEST_F(ProgressFilesTest, ElsewhereLongWorkHasLines) {
  WriteFile(false, kLong);
  EXPECT_EQ(text_.str(),
            "a.bin  [##########..........]  50 %  1000 B of 2.0 KiB\n"
            "a.bin  [####################] 100 %  2.0 KiB of 2.0 KiB\n");
}

TEST_F(ProgressFilesTest, WhatIsDoneSoonIsDoneInSilence) {
  WriteFile(false, kShort);
  WriteFile(true, std::chrono::milliseconds(1));
  EXPECT_EQ(text_.str(), "");
}

TEST_F(ProgressFilesTest, AFailureTakesTheBarAway) {
  {
    ProgressFiles progress(files_, text_, true, clock_);
    SCONCE_ASSERT_OK(progress.Begin("", std::nullopt));
    clock_.Advance(kShort);
    SCONCE_ASSERT_OK(progress.Write("x"));
    files_.FailWith(absl::ResourceExhaustedError("disk full"));
    EXPECT_EQ(progress.Write("x"), absl::ResourceExhaustedError("disk full"));
  }
  EXPECT_EQ(text_.str(), "\r\x1b[K1 B\r\x1b[K");
}

}  // namespace
}  // namespace sconce::cli
