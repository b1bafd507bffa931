#include "server/formats/io/byte_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;
using testing::TemporaryFolder;

TEST(ByteSource, ReadsAnywhereInAFile) {
  const TemporaryFolder folder;
  SCONCE_ASSERT_OK_AND_ASSIGN(auto source, ByteSource::OpenFile(folder.Write("f", "0123456789")));
  EXPECT_EQ(source->size(), 10u);
  EXPECT_EQ(*source->ReadString(3, 4), "3456");
  EXPECT_EQ(*source->ReadString(10, 0), "");
}

TEST(ByteSource, RefusesWhatIsNotThere) {
  const TemporaryFolder folder;
  SCONCE_ASSERT_OK_AND_ASSIGN(auto file, ByteSource::OpenFile(folder.Write("f", "0123456789")));
  const auto memory = ByteSource::OverBytes("0123456789");
  for (const ByteSource* source : {file.get(), memory.get()}) {
    for (const auto& [offset, size] :
         {std::pair<uint64_t, uint64_t>(8, 3), {11, 0}, {0, UINT64_MAX}, {UINT64_MAX, 2}}) {
      EXPECT_THAT(source->ReadString(offset, size),
                  StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("past the end")));
    }
  }
}

TEST(ByteSource, NoticesAFileThatShrinks) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("f", "0123456789");
  SCONCE_ASSERT_OK_AND_ASSIGN(auto source, ByteSource::OpenFile(path));
  folder.Write("f", "01");
  EXPECT_THAT(source->ReadString(0, 10), StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("10")));
}

TEST(ByteSource, NamesWhatCannotBeOpened) {
  const TemporaryFolder folder;
  EXPECT_THAT(ByteSource::OpenFile(folder.Path("none")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
  EXPECT_THAT(ByteSource::OpenFile(folder.Path("")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("directory")));
}

TEST(ByteSource, DoesNotWaitOnAPipe) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo(folder.Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(ByteSource::OpenFile(folder.Path("pipe")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not a regular file")));
}

}  // namespace
}  // namespace sconce
