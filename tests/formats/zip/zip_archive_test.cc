#include "server/formats/zip/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attacks/zip_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildZip;
using testing::CorpusPath;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::ReadFile;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::ZipPiece;
using testing::ZipShape;

auto Named(const char* name) { return Field(&ZipEntry::name, name); }

std::unique_ptr<ZipArchive> Open(std::string_view bytes) {
  auto archive = ZipArchive::OpenBytes(bytes, ZipArchive::Limits());
  EXPECT_THAT(archive, IsOk());
  return *std::move(archive);
}

TEST(ZipArchive, ListsEntriesInTheFilesOrder) {
  const std::string bytes = BuildZip({{"a/z", "1"}, {"a/b", "22"}});
  const auto archive = Open(bytes);
  EXPECT_THAT(archive->entries(), ElementsAre(Named("a/z"), Named("a/b")));
  EXPECT_EQ(archive->root(), "a");
  EXPECT_EQ(archive->Find("a/b")->size, 2u);
  EXPECT_EQ(archive->Find("a/c"), nullptr);
}

TEST(ZipArchive, HasARootOnlyWhenAllEntriesShareIt) {
  const std::string apart = BuildZip({{"a/z", "1"}, {"ab/z", "1"}});
  EXPECT_EQ(Open(apart)->root(), "");
  const std::string flat = BuildZip({{"z", "1"}});
  EXPECT_EQ(Open(flat)->root(), "");
  const std::string nothing = BuildZip({});
  EXPECT_EQ(Open(nothing)->root(), "");
}

TEST(ZipArchive, ReadsAnEntryWholeAndChecked) {
  const std::string bytes = BuildZip({{"x", "hello"}, {"empty", ""}});
  const auto archive = Open(bytes);
  EXPECT_EQ(*archive->Read("x", 5), "hello");
  EXPECT_EQ(*archive->Read("empty", 0), "");
  EXPECT_THAT(archive->Read("x", 4),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("5 bytes")));
  EXPECT_THAT(archive->Read("y", 5), StatusIs(absl::StatusCode::kNotFound, HasSubstr("\"y\"")));
}

TEST(ZipArchive, ReadsIntoMemoryOfTheRightSizeOnly) {
  const std::string bytes = BuildZip({{"x", "hello"}});
  const auto archive = Open(bytes);
  std::string into(5, ' ');
  EXPECT_THAT(archive->ReadInto("x", into.data(), 5), IsOk());
  EXPECT_EQ(into, "hello");
  EXPECT_THAT(archive->ReadInto("x", into.data(), 4),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected 4")));
}

TEST(ZipArchive, ReadsZip64) {
  ZipPiece piece{"x", "hello"};
  piece.zip64 = true;
  ZipShape shape;
  shape.zip64_end = true;
  shape.entries = 0xffff;
  shape.directory_size = shape.directory_offset = 0xffffffff;
  const std::string bytes = BuildZip({{"w", "1"}, piece}, shape);
  const auto archive = Open(bytes);
  EXPECT_EQ(*archive->Read("x", 5), "hello");
}

TEST(ZipArchive, ReadsDeflatedEntries) {
  const std::string bytes = ReadFile(CorpusPath("zip/deflated.zip"));
  const auto archive = Open(bytes);
  EXPECT_EQ(*archive->Read("a/x", 1000), std::string(1000, 'x'));
  EXPECT_THAT(archive->VerifyAll(), IsOk());
}

TEST(ZipArchive, ReadsTheSameFromAFile) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("z", BuildZip({{"x", "hello"}}));
  SCONCE_ASSERT_OK_AND_ASSIGN(auto archive, ZipArchive::OpenFile(path, ZipArchive::Limits()));
  EXPECT_EQ(*archive->Read("x", 5), "hello");
  EXPECT_THAT(archive->VerifyAll(), IsOk());
}

TEST(ZipArchive, AcceptsWhatPyTorchWrites) {
  for (const char* name : {"weights.pth", "scripted.pt", "checkpoint.pth", "whole.pth"}) {
    const std::string bytes = ReadFile(CorpusPath(std::string("zip/") + name));
    EXPECT_THAT(Open(bytes)->VerifyAll(), IsOk()) << name;
  }
}

}  // namespace
}  // namespace sconce
