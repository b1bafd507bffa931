#include "server/formats/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <stdexcept>

#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadFile;
using testing::StatusIs;
using testing::TemporaryFolder;

absl::Status WriteText(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  return absl::OkStatus();
}

TEST(WriteAtomically, ReturnsSizeAndDigest) {
  const TemporaryFolder folder;
  SCONCE_ASSERT_OK_AND_ASSIGN(const WrittenFile written,
                              WriteAtomically(folder.Path("f"), [](const std::string& temporary) {
                                return WriteText(temporary, "abc");
                              }));
  EXPECT_EQ(written.bytes, 3u);
  EXPECT_EQ(written.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(ReadFile(folder.Path("f")), "abc");
  EXPECT_THAT(folder.Names(), ElementsAre("f"));
}

TEST(WriteAtomically, TheOldFileStaysUntilTheNewOneIsWhole) {
  const TemporaryFolder folder;
  folder.Write("f", "old");
  std::ifstream reader(folder.Path("f"));
  SCONCE_ASSERT_OK(WriteAtomically(folder.Path("f"), [&](const std::string& temporary) {
    EXPECT_NE(temporary, folder.Path("f"));
    EXPECT_EQ(ReadFile(folder.Path("f")), "old");
    return WriteText(temporary, "new");
  }));
  EXPECT_EQ(ReadFile(folder.Path("f")), "new");
  std::string still;
  reader >> still;
  EXPECT_EQ(still, "old");
}

TEST(WriteAtomically, AFailureLeavesNothingBehind) {
  const TemporaryFolder folder;
  folder.Write("f", "old");
  EXPECT_THAT(WriteAtomically(folder.Path("f"),
                              [](const std::string& temporary) -> absl::Status {
                                SCONCE_EXPECT_OK(WriteText(temporary, "half"));
                                return absl::ResourceExhaustedError("disk full");
                              }),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("disk full")));
  EXPECT_THAT(
      WriteAtomically(folder.Path("f"),
                      [](const std::string&) -> absl::Status { throw std::runtime_error("oops"); }),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("oops")));
  EXPECT_THAT(folder.Names(), ElementsAre("f"));
  EXPECT_EQ(ReadFile(folder.Path("f")), "old");
}

TEST(WriteAtomically, AFolderInTheWayIsNotReplaced) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkdir(folder.Path("f").c_str(), 0700), 0);
  EXPECT_FALSE(WriteAtomically(folder.Path("f"), [](const std::string& temporary) {
                 return WriteText(temporary, "abc");
               }).ok());
  EXPECT_THAT(folder.Names(), ElementsAre("f"));
}

TEST(WriteAtomically, AMissingFolderIsNotFound) {
  const TemporaryFolder folder;
  bool called = false;
  EXPECT_THAT(WriteAtomically(folder.Path("none/f"),
                              [&](const std::string&) {
                                called = true;
                                return absl::OkStatus();
                              }),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none/f")));
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace sconce
