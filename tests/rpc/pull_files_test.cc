#include "server/rpc/pull_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using testing::StatusIs;

constexpr char kDigestOfNothing[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kDigestOfAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class PullFilesTest : public ::testing::Test {
 protected:
  std::vector<std::string> Texts() const {
    std::vector<std::string> texts;
    for (const v1::PullCheckpointResponse& message : sent_) {
      texts.push_back(message.has_begin() ? "begin " + message.begin().name()
                      : message.has_end() ? "end " + message.end().name()
                                          : message.data());
    }
    return texts;
  }

  std::vector<v1::PullCheckpointResponse> sent_;
  absl::Status refusal_;
  PullFiles files_{4, [this](v1::PullCheckpointResponse message) {
                     sent_.push_back(std::move(message));
                     return refusal_;
                   }};
};

TEST_F(PullFilesTest, FilesAreCutToPieces) {
  SCONCE_ASSERT_OK(files_.Begin("a", 9));
  for (const char* bytes : {"12", "", "3456789"}) SCONCE_ASSERT_OK(files_.Write(bytes));
  SCONCE_ASSERT_OK(files_.Begin("b", std::nullopt));
  SCONCE_ASSERT_OK(files_.Finish());
  EXPECT_THAT(Texts(), ElementsAre("begin a", "1234", "5678", "9", "end a", "begin b", "end b"));
  EXPECT_EQ(sent_[0].begin().bytes(), 9u);
  EXPECT_EQ(sent_[4].end().bytes(), 9u);
  EXPECT_FALSE(sent_[5].begin().has_bytes());
  EXPECT_EQ(sent_[6].end().sha256(), kDigestOfNothing);
}

TEST_F(PullFilesTest, TheDigestIsOfTheWholeFile) {
  SCONCE_ASSERT_OK(files_.Begin("", 3));
  SCONCE_ASSERT_OK(files_.Write("a"));
  SCONCE_ASSERT_OK(files_.Write("bc"));
  SCONCE_ASSERT_OK(files_.Finish());
  EXPECT_EQ(sent_.back().end().sha256(), kDigestOfAbc);
}

TEST_F(PullFilesTest, FinishingTwiceIsOnce) {
  SCONCE_ASSERT_OK(files_.Begin("", 0));
  SCONCE_ASSERT_OK(files_.Finish());
  SCONCE_ASSERT_OK(files_.Finish());
  EXPECT_THAT(Texts(), ElementsAre("begin ", "end "));
}

TEST_F(PullFilesTest, AFailureIsKeptAndNothingIsSentAfterIt) {
  SCONCE_ASSERT_OK(files_.Begin("a", 9));
  refusal_ = absl::CancelledError("gone");
  EXPECT_THAT(files_.Write("12345"), StatusIs(absl::StatusCode::kCancelled, "gone"));
  refusal_ = absl::OkStatus();
  EXPECT_THAT(files_.Write("6"), StatusIs(absl::StatusCode::kCancelled, "gone"));
  EXPECT_THAT(files_.Begin("b", 1), StatusIs(absl::StatusCode::kCancelled, "gone"));
  EXPECT_THAT(files_.Finish(), StatusIs(absl::StatusCode::kCancelled, "gone"));
  EXPECT_THAT(Texts(), ElementsAre("begin a", "1234"));
}

TEST_F(PullFilesTest, BytesBelongToAFile) {
  EXPECT_FALSE(files_.Write("1").ok());
  EXPECT_TRUE(sent_.empty());
}

}  // namespace
}  // namespace sconce
