#include "server/formats/io/atomic_output.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadFile;
using testing::StatusIs;
using testing::TemporaryFolder;

constexpr char kDigestOfAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

absl::Status WriteOne(AtomicOutput& out, const std::string& name, std::string_view bytes) {
  if (auto status = out.Begin(name, bytes.size()); !status.ok()) return status;
  return out.Write(bytes);
}

absl::Status Save(const std::string& path, std::string_view bytes) {
  auto out = AtomicOutput::ForFile(path);
  if (!out.ok()) return out.status();
  if (auto status = WriteOne(**out, "", bytes); !status.ok()) return status;
  if (auto status = (*out)->Finish(); !status.ok()) return status;
  return (*out)->Commit().status();
}

absl::Status SaveFolder(const std::string& path, std::string_view bytes) {
  auto out = AtomicOutput::ForFolder(path);
  if (!out.ok()) return out.status();
  if (auto status = WriteOne(**out, "model.safetensors", bytes); !status.ok()) return status;
  if (auto status = (*out)->Finish(); !status.ok()) return status;
  return (*out)->Commit().status();
}

// Runs `body` in a process of its own that is gone afterwards.
template <typename Body>
void InDyingProcess(Body body) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    body();
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
}

TEST(AtomicOutput, OneFileTellsItsSizeAndDigest) {
  const TemporaryFolder folder;
  SCONCE_ASSERT_OK_AND_ASSIGN(auto out, AtomicOutput::ForFile(folder.Path("f")));
  SCONCE_ASSERT_OK(out->Begin("", std::nullopt));
  SCONCE_ASSERT_OK(out->Write("a"));
  SCONCE_ASSERT_OK(out->Write("bc"));
  SCONCE_ASSERT_OK(out->Finish());
  EXPECT_EQ(ReadFile(out->temporary()), "abc");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto written, out->Commit());
  ASSERT_EQ(written.size(), 1u);
  EXPECT_EQ(written[0].name, "");
  EXPECT_EQ(written[0].bytes, 3u);
  EXPECT_EQ(written[0].sha256, kDigestOfAbc);
  out.reset();
  EXPECT_EQ(ReadFile(folder.Path("f")), "abc");
  EXPECT_THAT(folder.Names(), ElementsAre("f"));
}

TEST(AtomicOutput, TheOldFileStaysUntilTheCommit) {
  const TemporaryFolder folder;
  folder.Write("f", "old");
  SCONCE_ASSERT_OK_AND_ASSIGN(auto out, AtomicOutput::ForFile(folder.Path("f")));
  SCONCE_ASSERT_OK(WriteOne(*out, "", "new"));
  SCONCE_ASSERT_OK(out->Finish());
  EXPECT_EQ(ReadFile(folder.Path("f")), "old");
  SCONCE_ASSERT_OK(out->Commit());
  EXPECT_EQ(ReadFile(folder.Path("f")), "new");
}

TEST(AtomicOutput, WithoutACommitNothingIsLeft) {
  const TemporaryFolder folder;
  folder.Write("f", "old");
  {
    SCONCE_ASSERT_OK_AND_ASSIGN(auto file, AtomicOutput::ForFile(folder.Path("f")));
    SCONCE_ASSERT_OK(WriteOne(*file, "", "new"));
    SCONCE_ASSERT_OK(file->Finish());
    SCONCE_ASSERT_OK_AND_ASSIGN(auto several, AtomicOutput::ForFolder(folder.Path("g")));
    SCONCE_ASSERT_OK(WriteOne(*several, "a.safetensors", "new"));
  }
  EXPECT_THAT(folder.Names(), ElementsAre("f"));
  EXPECT_EQ(ReadFile(folder.Path("f")), "old");
}

TEST(AtomicOutput, WhatWasNotFinishedIsNotCommitted) {
  const TemporaryFolder folder;
  SCONCE_ASSERT_OK_AND_ASSIGN(auto out, AtomicOutput::ForFile(folder.Path("f")));
  SCONCE_ASSERT_OK(WriteOne(*out, "", "new"));
  EXPECT_THAT(out->Commit(), StatusIs(absl::StatusCode::kInternal, HasSubstr("finished")));
}

TEST(AtomicOutput, MoreOrLessThanAnnouncedIsAnError) {
  const TemporaryFolder folder;
  SCONCE_ASSERT_OK_AND_ASSIGN(auto out, AtomicOutput::ForFile(folder.Path("f")));
  SCONCE_ASSERT_OK(out->Begin("", 4));
  SCONCE_ASSERT_OK(out->Write("abc"));
  EXPECT_THAT(out->Finish(), StatusIs(absl::StatusCode::kInternal, HasSubstr("4 bytes were")));
  EXPECT_FALSE(out->Commit().ok());
}

TEST(AtomicOutput, WhatChangedOnDiskIsNotCommitted) {
  const TemporaryFolder folder;
  folder.Write("f", "old");
  SCONCE_ASSERT_OK_AND_ASSIGN(auto out, AtomicOutput::ForFile(folder.Path("f")));
  SCONCE_ASSERT_OK(WriteOne(*out, "", "new"));
  SCONCE_ASSERT_OK(out->Finish());
  std::ofstream(out->temporary()) << "nex";
  EXPECT_THAT(out->Commit(), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("reads back")));
  EXPECT_EQ(ReadFile(folder.Path("f")), "old");
}

TEST(AtomicOutput, TheFirstErrorIsToldAgain) {
  const TemporaryFolder folder;
  InDyingProcess([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string bytes(800, 'x');
    auto out = AtomicOutput::ForFile(folder.Path("f"));
    bool as_promised =
        out.ok() && (*out)->Begin("", std::nullopt).ok() && (*out)->Write(bytes).ok();
    const absl::Status full = as_promised ? (*out)->Write(bytes) : absl::OkStatus();
    as_promised = as_promised && full.code() == absl::StatusCode::kResourceExhausted &&
                  (*out)->Write("") == full && (*out)->Finish() == full &&
                  (*out)->Commit().status() == full;
    if (as_promised) std::ofstream(folder.Path("as_promised")) << "yes";
  });
  EXPECT_EQ(ReadFile(folder.Path("as_promised")), "yes");
}

TEST(AtomicOutput, AFolderInTheWayOfAFileIsToldAtOnce) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkdir(folder.Path("f").c_str(), 0700), 0);
  EXPECT_THAT(AtomicOutput::ForFile(folder.Path("f")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is a folder")));
  EXPECT_THAT(AtomicOutput::ForFile(folder.Path("none/f")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none/f")));
}

TEST(AtomicOutput, AFolderTellsItsFilesInOrder) {
  const TemporaryFolder folder;
  SCONCE_ASSERT_OK_AND_ASSIGN(auto out, AtomicOutput::ForFolder(folder.Path("g/")));
  SCONCE_ASSERT_OK(WriteOne(*out, "b.safetensors", "abc"));
  SCONCE_ASSERT_OK(WriteOne(*out, "a.safetensors", "x"));
  SCONCE_ASSERT_OK(out->Finish());
  EXPECT_FALSE(std::filesystem::exists(folder.Path("g")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto written, out->Commit());
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written[0].name, "b.safetensors");
  EXPECT_EQ(written[0].sha256, kDigestOfAbc);
  EXPECT_EQ(written[1].name, "a.safetensors");
  EXPECT_EQ(ReadFile(folder.Path("g/b.safetensors")), "abc");
}

TEST(AtomicOutput, AFolderReplacesACheckpointWhole) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkdir(folder.Path("g").c_str(), 0700), 0);
  folder.Write("g/old-00001.safetensors", "old");
  folder.Write("g/model.safetensors.index.json", "{}");
  SCONCE_ASSERT_OK(SaveFolder(folder.Path("g"), "new"));
  EXPECT_THAT(folder.Names(), ElementsAre("g"));
  EXPECT_EQ(ReadFile(folder.Path("g/model.safetensors")), "new");
  EXPECT_FALSE(std::filesystem::exists(folder.Path("g/old-00001.safetensors")));
}

TEST(AtomicOutput, AFolderWithAnythingElseIsNotReplaced) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkdir(folder.Path("g").c_str(), 0700), 0);
  folder.Write("g/model.safetensors", "old");
  SCONCE_ASSERT_OK_AND_ASSIGN(auto out, AtomicOutput::ForFolder(folder.Path("g")));
  SCONCE_ASSERT_OK(WriteOne(*out, "model.safetensors", "new"));
  SCONCE_ASSERT_OK(out->Finish());
  folder.Write("g/thesis.tex", "years of work");
  const auto refused = StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("thesis.tex"));
  EXPECT_THAT(out->Commit(), refused);
  EXPECT_THAT(AtomicOutput::ForFolder(folder.Path("g")), refused);
  EXPECT_EQ(ReadFile(folder.Path("g/model.safetensors")), "old");
  // A folder named like a file of ours is none either.
  std::filesystem::remove(folder.Path("g/thesis.tex"));
  ASSERT_EQ(::mkdir(folder.Path("g/x.safetensors").c_str(), 0700), 0);
  EXPECT_FALSE(AtomicOutput::ForFolder(folder.Path("g")).ok());
  EXPECT_FALSE(AtomicOutput::ForFolder(folder.Write("f", "a file")).ok());
}

TEST(AtomicOutput, FilesOfAFolderHavePlainNamesOfCheckpoints) {
  for (const char* name : {"", "model.txt", "../x.safetensors", "twice.safetensors"}) {
    const TemporaryFolder folder;
    SCONCE_ASSERT_OK_AND_ASSIGN(auto out, AtomicOutput::ForFolder(folder.Path("g")));
    SCONCE_ASSERT_OK(WriteOne(*out, "twice.safetensors", "x"));
    EXPECT_THAT(out->Begin(name, std::nullopt),
                StatusIs(absl::StatusCode::kInternal, HasSubstr("no name")))
        << name;
  }
}

TEST(AtomicOutput, WhatAKilledWriterLeftGoesWithTheNextSave) {
  const TemporaryFolder folder;
  InDyingProcess([&] {
    auto file = AtomicOutput::ForFile(folder.Path("f"));
    if (file.ok()) (void)WriteOne(**file, "", "half");
    auto several = AtomicOutput::ForFolder(folder.Path("g"));
    if (several.ok()) (void)WriteOne(**several, "a.safetensors", "half");
    ::raise(SIGKILL);
  });
  EXPECT_EQ(folder.Names().size(), 2u);
  folder.Write("f.1.partial", "not of ours");
  SCONCE_ASSERT_OK(Save(folder.Path("f"), "new"));
  SCONCE_ASSERT_OK(SaveFolder(folder.Path("g"), "new"));
  EXPECT_THAT(folder.Names(), ElementsAre("f", "f.1.partial", "g"));
}

TEST(AtomicOutput, WhatALivingWriterWritesStays) {
  const TemporaryFolder folder;
  SCONCE_ASSERT_OK_AND_ASSIGN(auto slow, AtomicOutput::ForFile(folder.Path("f")));
  SCONCE_ASSERT_OK(WriteOne(*slow, "", "slow"));
  SCONCE_ASSERT_OK(Save(folder.Path("f"), "quick"));
  EXPECT_EQ(ReadFile(folder.Path("f")), "quick");
  SCONCE_ASSERT_OK(slow->Finish());
  SCONCE_ASSERT_OK(slow->Commit());
  EXPECT_EQ(ReadFile(folder.Path("f")), "slow");
}

}  // namespace
}  // namespace sconce
