#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server/formats/zip/zip_archive.h"
#include "tests/attacks/zip_builder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildZip;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
using testing::ZipPiece;
using testing::ZipShape;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

absl::Status Open(const std::string& bytes, ZipArchive::Limits limits = {}) {
  return ZipArchive::OpenBytes(bytes, limits).status();
}

absl::Status OpenAndVerify(const std::string& bytes) {
  auto archive = ZipArchive::OpenBytes(bytes, ZipArchive::Limits());
  if (!archive.ok()) return archive.status();
  return (*archive)->VerifyAll();
}

TEST(ZipAttack, TheHonestFileOpens) { EXPECT_THAT(OpenAndVerify(BuildZip({{"a", "1"}})), IsOk()); }

TEST(ZipAttack, DuplicateNames) {
  EXPECT_THAT(Open(BuildZip({{"a/x", "1"}, {"a/x", "2"}})),
              StatusIs(kInvalid, HasSubstr("\"a/x\" occurs twice")));
}

TEST(ZipAttack, NamesThatDifferOnlyInCaseAreOneToLibTorch) {
  EXPECT_THAT(Open(BuildZip({{"a/data.pkl", "1"}, {"a/DATA.pkl", "2"}})),
              StatusIs(kInvalid, HasSubstr("occurs twice")));
}

TEST(ZipAttack, NamesThatLeaveTheArchive) {
  for (const char* name : {"/etc/passwd", "../x", "a/../../x", "a/..", "./x", "a//b", "C:/x", "..",
                           "a\\..\\x", "a/x\n", "a/\x1b[2J", "\x7f"}) {
    EXPECT_THAT(Open(BuildZip({{name, "1"}})), StatusIs(kInvalid, HasSubstr("zip entry"))) << name;
  }
  EXPECT_THAT(Open(BuildZip({{std::string("a\0b", 3), "1"}})),
              StatusIs(kInvalid, HasSubstr("control character")));
  EXPECT_THAT(Open(BuildZip({{"", "1"}})), StatusIs(kInvalid, HasSubstr("no name")));
}

TEST(ZipAttack, Encryption) {
  for (const uint16_t flag : {0x0001, 0x0040, 0x2000}) {
    ZipPiece piece{"a", "1"};
    piece.flags = flag;
    EXPECT_THAT(Open(BuildZip({piece})), StatusIs(kInvalid, HasSubstr("encrypted"))) << flag;
  }
}

TEST(ZipAttack, UnknownCompression) {
  ZipPiece piece{"a", "1"};
  piece.method = 12;
  EXPECT_THAT(Open(BuildZip({piece})), StatusIs(kInvalid, HasSubstr("method 12")));
}

TEST(ZipAttack, DecompressionBomb) {
  ZipPiece piece{"a", std::string(100, 'x')};
  piece.method = 8;
  piece.size = 200'000;
  EXPECT_THAT(Open(BuildZip({piece})), StatusIs(kInvalid, HasSubstr("bomb")));
}

TEST(ZipAttack, ManySmallBombsAddUp) {
  ZipPiece piece{"a", std::string(100, 'x')};
  piece.method = 8;
  piece.size = 90'000;
  std::vector<ZipPiece> pieces(50, piece);
  for (size_t i = 0; i < pieces.size(); ++i) pieces[i].name = "a" + std::to_string(i);
  ZipArchive::Limits limits;
  limits.max_total_bytes = 1 << 20;
  EXPECT_THAT(Open(BuildZip(pieces), limits), StatusIs(kInvalid, HasSubstr("limit of 1048576")));
}

TEST(ZipAttack, MoreEntriesThanAllowed) {
  ZipArchive::Limits limits;
  limits.max_entries = 1;
  EXPECT_THAT(Open(BuildZip({{"a", "1"}, {"b", "2"}}), limits),
              StatusIs(kInvalid, HasSubstr("claims 2 entries")));
}

TEST(ZipAttack, MoreEntriesThanTheDirectoryHolds) {
  ZipShape shape;
  shape.zip64_end = true;
  shape.entries = 0xffff;
  shape.zip64_entries = uint64_t{1} << 60;
  EXPECT_THAT(Open(BuildZip({{"a", "1"}}, shape)), StatusIs(kInvalid, HasSubstr("claims")));
}

TEST(ZipAttack, FewerEntriesThanTheDirectoryHolds) {
  ZipShape shape;
  shape.entries = 1;
  EXPECT_THAT(Open(BuildZip({{"a", "1"}, {"b", "2"}}, shape)),
              StatusIs(kInvalid, HasSubstr("more than it announces")));
}

TEST(ZipAttack, OverlappingEntries) {
  ZipPiece second{"b", "2"};
  second.local_name = "a";
  second.name = "a2";
  second.header_offset = 0;
  second.local_name = "a2";
  EXPECT_THAT(Open(BuildZip({{"a", "1"}, second})),
              StatusIs(kInvalid, HasSubstr("is called \"a\" by its own header")));
  // One entry's data holds another's header: the quine that unpacks to more than it is.
  const std::string inner = BuildZip({{"b", "2"}}).substr(0, 32);
  ZipPiece hidden{"b", "2"};
  hidden.header_offset = 31;
  EXPECT_THAT(Open(BuildZip({{"a", inner}, hidden})),
              StatusIs(kInvalid, HasSubstr("overlaps another entry")));
}

TEST(ZipAttack, EntriesThatReachPastTheFile) {
  ZipPiece piece{"a", "1"};
  piece.size = piece.compressed_size = 1'000'000;
  EXPECT_THAT(Open(BuildZip({piece})), StatusIs(kInvalid, HasSubstr("reaches past")));
  ZipPiece wide{"a", "1"};
  wide.zip64 = true;
  wide.size = wide.compressed_size = UINT64_MAX - 10;
  EXPECT_THAT(Open(BuildZip({wide})), StatusIs(kInvalid, HasSubstr("reaches past")));
  ZipPiece far{"a", "1"};
  far.zip64 = true;
  far.header_offset = UINT64_MAX - 1;
  EXPECT_THAT(Open(BuildZip({far})), StatusIs(kInvalid, HasSubstr("begins outside")));
}

TEST(ZipAttack, LocalHeadersThatSaySomethingElse) {
  ZipPiece name{"a/data.pkl", "1"};
  name.local_name = "b/data.pkl";
  EXPECT_THAT(Open(BuildZip({name})), StatusIs(kInvalid, HasSubstr("by its own header")));
  ZipPiece method{"a", "1"};
  method.local_method = 8;
  EXPECT_THAT(Open(BuildZip({method})), StatusIs(kInvalid, HasSubstr("packed another way")));
  ZipPiece crc{"a", "1"};
  crc.local_crc = 1;
  EXPECT_THAT(Open(BuildZip({crc})), StatusIs(kInvalid, HasSubstr("checksum")));
}

TEST(ZipAttack, WrongChecksum) {
  ZipPiece piece{"a", "1"};
  piece.crc = 1;
  EXPECT_THAT(OpenAndVerify(BuildZip({piece})), StatusIs(kInvalid, HasSubstr("CRC")));
}

TEST(ZipAttack, SizesThatContradictTheMethod) {
  ZipPiece piece{"a", "1234"};
  piece.size = 8;
  EXPECT_THAT(Open(BuildZip({piece})), StatusIs(kInvalid, HasSubstr("two sizes")));
  ZipPiece folder{"a/", "1234"};
  EXPECT_THAT(Open(BuildZip({folder})), StatusIs(kInvalid, HasSubstr("folder with data")));
}

TEST(ZipAttack, FilesWithTwoReadings) {
  ZipShape prepended;
  prepended.before = "#!/bin/sh\n";
  EXPECT_THAT(Open(BuildZip({{"a", "1"}}, prepended)), StatusIs(kInvalid, HasSubstr("precedes")));
  ZipShape appended;
  appended.after = "junk";
  EXPECT_THAT(Open(BuildZip({{"a", "1"}}, appended)), StatusIs(kInvalid, HasSubstr("more bytes")));
  // A second end record inside the comment: readers that search from the end take that one.
  ZipShape comment;
  comment.comment = BuildZip({});
  EXPECT_THAT(Open(BuildZip({{"a", "1"}}, comment)), StatusIs(kInvalid, HasSubstr("zip file")));
  ZipShape gap;
  gap.between = "PK";
  EXPECT_THAT(Open(BuildZip({{"a", "1"}}, gap)),
              StatusIs(kInvalid, HasSubstr("does not end where")));
}

TEST(ZipAttack, EndRecordsThatDisagree) {
  ZipShape shape;
  shape.zip64_end = true;
  shape.zip64_entries = 2;
  EXPECT_THAT(Open(BuildZip({{"a", "1"}}, shape)), StatusIs(kInvalid, HasSubstr("disagree")));
  ZipShape offset;
  offset.zip64_end = true;
  offset.directory_offset = 0xffffffff;
  offset.zip64_directory_offset = UINT64_MAX;
  EXPECT_THAT(Open(BuildZip({{"a", "1"}}, offset)),
              StatusIs(kInvalid, HasSubstr("does not end where")));
}

TEST(ZipAttack, DeflatedDataThatIsNone) {
  ZipPiece piece{"a", "\xff\xff\xff\xff"};
  piece.method = 8;
  piece.size = 100;
  EXPECT_THAT(OpenAndVerify(BuildZip({piece})), StatusIs(kInvalid, HasSubstr("zip entry \"a\"")));
}

}  // namespace
}  // namespace sconce
