#include "server/formats/torch/pickle_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::LittleEndian;
using testing::Pickle;
using testing::ReadTorchFile;
using testing::StatusIs;

constexpr uint64_t kPlenty = 1 << 20;

absl::StatusOr<FetchedPickle> Fetch(const std::string& bytes, FetchLimits limits = {kPlenty}) {
  return FetchPickle(*ByteSource::OverBytes(bytes), 0, limits);
}

// An instruction that says how many bytes follow.
std::string Counted(char opcode, int length_bytes, const std::string& bytes) {
  return std::string(1, opcode).append(LittleEndian(bytes.size(), length_bytes)).append(bytes);
}

TEST(FetchPickle, EndsWhereRunningItEnds) {
  for (const char* name : {"pickle_protocol0.pkl", "pickle_protocol1.pkl", "pickle_protocol2.pkl",
                           "pickle_protocol3.pkl", "pickle_protocol4.pkl", "pickle_protocol5.pkl",
                           "numpy_protocol0.pkl", "numpy_protocol5.pkl", "numpy_large.pkl"}) {
    const std::string bytes = ReadTorchFile(name);
    SCONCE_ASSERT_OK_AND_ASSIGN(const FetchedPickle fetched, Fetch(bytes + "and more."));
    EXPECT_EQ(fetched.end, bytes.size()) << name;
    EXPECT_EQ(fetched.bytes, bytes) << name;
  }
}

TEST(FetchPickle, BeginsWhereItIsTold) {
  const std::string first = Pickle("N");
  const std::string second = Pickle("K\x07");
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const FetchedPickle fetched,
      FetchPickle(*ByteSource::OverBytes(first + second + "tail"), first.size(), {kPlenty}));
  EXPECT_EQ(fetched.bytes, second);
  EXPECT_EQ(fetched.end, first.size() + second.size());
}

TEST(FetchPickle, KnowsTheInstructionsThatAreRun) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    const std::string bytes = std::string(1, static_cast<char>(opcode));
    const auto says_unknown = [](const absl::Status& status) {
      return absl::StrContains(status.message(), "unknown instruction");
    };
    EXPECT_EQ(says_unknown(Fetch(bytes).status()), says_unknown(ReadPickle(bytes).status()))
        << opcode;
  }
}

TEST(FetchPickle, LeavesLargeByteStringsInTheFile) {
  const std::string large(1000, 'x');
  for (const auto& [opcode, length_bytes] :
       std::vector<std::pair<char, int>>{{'B', 4}, {'\x8e', 8}, {'\x96', 8}}) {
    const std::string bytes = Pickle(Counted(opcode, length_bytes, large));
    SCONCE_ASSERT_OK_AND_ASSIGN(const FetchedPickle fetched, Fetch(bytes, {kPlenty, 1000}));
    EXPECT_EQ(fetched.end, bytes.size());
    SCONCE_ASSERT_OK_AND_ASSIGN(const PickleDocument document, ReadPickle(fetched.bytes));
    const auto range = LeftInFile(document.root());
    ASSERT_TRUE(range.has_value());
    EXPECT_EQ(range->offset, 3u + static_cast<uint64_t>(length_bytes));
    EXPECT_EQ(range->size, 1000u);
  }
}

TEST(FetchPickle, KeepsSmallByteStringsAndAllText) {
  const std::string bytes = Pickle(testing::Tuple(
      {Counted('B', 4, std::string(999, 'x')), Counted('X', 4, std::string(2000, 'y'))}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const FetchedPickle fetched, Fetch(bytes, {kPlenty, 1000}));
  EXPECT_EQ(fetched.bytes, bytes);
}

TEST(FetchPickle, RefusesMoreThanTheLimit) {
  const std::string bytes = Pickle(Counted('X', 4, std::string(100, 'y')));
  EXPECT_THAT(Fetch(bytes, {50}),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("more than 50 bytes")));
}

TEST(FetchPickle, SaysWhereAPickleIsCutShort) {
  EXPECT_THAT(Fetch(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("STOP")));
  EXPECT_THAT(Fetch("\x80"), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("are left")));
  EXPECT_THAT(Fetch("]cmodule\nna"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("(at byte 1): ends in the middle of an instruction")));
}

TEST(LeftInFile, IsNothingForOtherValues) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const PickleDocument bytes, ReadPickle(Pickle("C\x01xQ")));
  EXPECT_FALSE(LeftInFile(bytes.root()).has_value());
  SCONCE_ASSERT_OK_AND_ASSIGN(const PickleDocument none, ReadPickle(Pickle("N")));
  EXPECT_FALSE(LeftInFile(none.root()).has_value());
}

}  // namespace
}  // namespace sconce
