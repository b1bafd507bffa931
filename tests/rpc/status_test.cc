#include "server/rpc/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sconce {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

TEST(WireStatus, KeepsCodeAndMessage) {
  const grpc::Status status = ToGrpcStatus(absl::NotFoundError("no model 'x'"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "no model 'x'");
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

TEST(WireStatus, CutsLongMessagesAndSaysSo) {
  const std::string message = WireMessage(std::string(10'000, 'a'));
  EXPECT_THAT(message, StartsWith("aaaa"));
  EXPECT_THAT(message, EndsWith(" ... (5904 bytes more)"));
  EXPECT_EQ(message.find(' '), kMaxWireMessage);
}

TEST(WireStatus, CountsTheEncodedLengthAndCutsBetweenCharacters) {
  std::string umlauts;
  for (int i = 0; i < 2000; ++i) umlauts += "\xC3\xA4";
  const std::string message = WireMessage(umlauts);
  const size_t kept = message.find(' ');
  EXPECT_EQ(kept % 2, 0U);
  EXPECT_LE(kept * 3, kMaxWireMessage);
}

TEST(WireStatus, ReplacesWhatIsNoText) {
  EXPECT_EQ(WireMessage("a\xFF\x01\x7F"
                        "b\nc\t"),
            "a???b\nc\t");
  EXPECT_EQ(WireMessage("\xED\xA0\x80"), "???");  // a surrogate
  EXPECT_EQ(WireMessage("\xC3"), "?");
  EXPECT_EQ(WireMessage("\xF0\x9F\x98\x80"), "\xF0\x9F\x98\x80");
}

}  // namespace
}  // namespace sconce
