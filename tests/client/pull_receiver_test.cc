#include "client/pull_receiver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/fake_model_server.h"
#include "tests/testing/memory_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::MemoryFiles;
using testing::PulledFile;
using testing::StatusIs;

class PullReceiverTest : public ::testing::Test {
 protected:
  // All messages, then the end of the stream.
  absl::Status Receive(const std::vector<v1::PullCheckpointResponse>& messages) {
    PullReceiver receiver(files_);
    for (const v1::PullCheckpointResponse& message : messages) {
      if (absl::Status status = receiver.Take(message); !status.ok()) return status;
    }
    return receiver.Finish();
  }

  std::vector<v1::PullCheckpointResponse> messages_ = PulledFile("", "abcdef");
  MemoryFiles files_;
};

TEST_F(PullReceiverTest, TakesWhatIsWhole) {
  SCONCE_EXPECT_OK(Receive(messages_));
  EXPECT_TRUE(files_.finished());
}

TEST_F(PullReceiverTest, BytesThatChangedOnTheWayAreNoticed) {
  messages_[2].set_data("bcdeX");
  EXPECT_THAT(Receive(messages_), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("digest")));
  EXPECT_FALSE(files_.finished());
}

TEST_F(PullReceiverTest, AMissingPieceIsNoticed) {
  messages_.erase(messages_.begin() + 2);
  EXPECT_THAT(Receive(messages_),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("1 bytes; the daemon sent 6")));
}

TEST_F(PullReceiverTest, AStreamThatBreaksOffIsNoCheckpoint) {
  EXPECT_THAT(Receive({}), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("broke off")));
  messages_.pop_back();
  EXPECT_THAT(Receive(messages_), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("broke off")));
}

TEST_F(PullReceiverTest, NamesThatLeadElsewhereAreRefused) {
  for (const char* name : {"../a", "/tmp/a", ".bashrc", "a/b", ".."}) {
    EXPECT_THAT(Receive(PulledFile(name, "x1")),
                StatusIs(absl::StatusCode::kInternal, HasSubstr("no plain file name")))
        << name;
  }
  EXPECT_TRUE(files_.contents().empty());
}

TEST_F(PullReceiverTest, MessagesOutOfOrderAreRefused) {
  EXPECT_FALSE(Receive({messages_[1]}).ok());
  EXPECT_FALSE(Receive({messages_[3]}).ok());
  EXPECT_FALSE(Receive({messages_[0], messages_[0]}).ok());
  EXPECT_FALSE(Receive({v1::PullCheckpointResponse()}).ok());
}

}  // namespace
}  // namespace sconce
