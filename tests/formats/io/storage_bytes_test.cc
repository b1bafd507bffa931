#include "server/formats/io/storage_bytes.h"

#include <algorithm>
#include <memory>
#include <string>

#include "server/formats/io/crc32.h"
#include "tests/attacks/zip_builder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 7);
  return bytes;
}

// A file of a size that its content no longer has, as when somebody truncates it.
class ShrunkSource final : public ByteSource {
 public:
  ShrunkSource(uint64_t claimed, uint64_t left) : claimed_(claimed), left_(left) {}
  uint64_t size() const override { return claimed_; }
  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    if (offset + size > left_) return absl::OutOfRangeError("it shrank");
    std::fill_n(static_cast<char*>(destination), size, 'x');
    return absl::OkStatus();
  }

 private:
  const uint64_t claimed_, left_;
};

std::string Gather(const StorageBytes& bytes) {
  std::string all;
  EXPECT_THAT(bytes.Stream([&](std::string_view piece) {
    EXPECT_LE(piece.size(), StorageBytes::kPiece);
    all += piece;
    return absl::OkStatus();
  }),
              IsOk());
  return all;
}

TEST(StorageBytes, ReadsTheRangeAndNothingElse) {
  const std::string bytes = Pattern(3'000'000);
  const auto storage = BytesAt(ByteSource::OverBytes(bytes), 1000, 2'900'000);
  std::string read(storage->size(), '\0');
  SCONCE_ASSERT_OK(storage->ReadInto(read.data()));
  EXPECT_EQ(read, bytes.substr(1000, 2'900'000));
  EXPECT_EQ(Gather(*storage), read);
}

TEST(StorageBytes, SumsUpAsZipDoes) {
  const std::string bytes = Pattern(1'000'003);
  EXPECT_EQ(OwnedBytes(bytes)->Crc32().value(), testing::Crc32(bytes));
  EXPECT_EQ(OwnedBytes("")->Crc32().value(), 0u);
  EXPECT_EQ(ExtendCrc32(ExtendCrc32(0, "ab"), "cd"), testing::Crc32("abcd"));
}

TEST(StorageBytes, KnowsTheChecksumOnceReadWithoutReadingAgain) {
  const std::string bytes = Pattern(100);
  std::string changing = bytes;
  const auto storage = BytesAt(ByteSource::OverBytes(changing), 0, 100);
  std::string read(100, '\0');
  SCONCE_ASSERT_OK(storage->ReadInto(read.data()));
  changing[3] ^= 1;
  EXPECT_EQ(storage->Crc32().value(), testing::Crc32(bytes));
}

TEST(StorageBytes, RefusesBytesThatMissTheStatedChecksum) {
  const std::string bytes = Pattern(600'000);
  const auto storage =
      BytesAt(ByteSource::OverBytes(bytes), 0, bytes.size(), testing::Crc32(bytes) ^ 1);
  std::string read(bytes.size(), '\0');
  EXPECT_THAT(storage->ReadInto(read.data()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("damaged")));
  EXPECT_THAT(storage->Stream([](std::string_view) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("CRC-32")));
}

TEST(StorageBytes, NoticesThatTheFileChangedSinceItWasFirstRead) {
  std::string changing = Pattern(100);
  const auto storage = BytesAt(ByteSource::OverBytes(changing), 0, 100);
  std::string read(100, '\0');
  SCONCE_ASSERT_OK(storage->ReadInto(read.data()));
  changing[50] ^= 1;
  EXPECT_THAT(storage->ReadInto(read.data()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("first read")));
}

TEST(StorageBytes, SaysThatTheFileBecameShorter) {
  const auto storage = BytesAt(std::make_shared<ShrunkSource>(1'000'000, 700'000), 0, 1'000'000);
  std::string read(1'000'000, '\0');
  EXPECT_THAT(storage->ReadInto(read.data()),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("shrank")));
  EXPECT_THAT(storage->Crc32(), StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("shrank")));
}

TEST(StorageBytes, StopsAtTheFirstErrorOfItsReceiver) {
  const auto storage = OwnedBytes(Pattern(2'000'000));
  int calls = 0;
  EXPECT_THAT(storage->Stream([&](std::string_view) {
    ++calls;
    return absl::CancelledError("enough");
  }),
              StatusIs(absl::StatusCode::kCancelled, "enough"));
  EXPECT_EQ(calls, 1);
}

TEST(StorageBytes, AllocatesNothingForARangeThatIsNotThere) {
  const auto storage = BytesAt(ByteSource::OverBytes("abc"), 1, uint64_t{1} << 60);
  EXPECT_THAT(storage->Stream([](std::string_view) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("past the end")));
}

TEST(ByteSourceRange, EndsWhereItsWholeEnds) {
  std::shared_ptr<const ByteSource> whole = ByteSource::Owning("0123456789");
  const auto range = ByteSource::Range(whole, 4, 100);
  EXPECT_EQ(range->size(), 6u);
  EXPECT_EQ(range->ReadString(0, 6).value(), "456789");
  EXPECT_THAT(range->ReadString(3, 4), StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("end")));
  EXPECT_EQ(ByteSource::Range(whole, 11, 1)->size(), 0u);
}

}  // namespace
}  // namespace sconce
