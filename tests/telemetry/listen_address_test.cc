#include "server/telemetry/listen_address.h"

#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

TEST(ListenAddress, ReadsHostAndPort) {
  for (const char* text : {"127.0.0.1:8002", "[::1]:0", "localhost:65535", "0.0.0.0:1"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const ListenAddress address, ParseListenAddress(text));
    EXPECT_EQ(ToString(address), text);
  }
  EXPECT_EQ(ParseListenAddress("[::1]:80")->host, "::1");
}

TEST(ListenAddress, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "port is missing"},     {"localhost", "port is missing"},   {":8002", "host is missing"},
      {"a:", "0 to 65535"},        {"a:65536", "0 to 65535"},          {"a:-1", "0 to 65535"},
      {"a:80x", "0 to 65535"},     {"a:99999999999999", "0 to 65535"}, {"::1:8002", "brackets"},
      {"http://a:80", "brackets"}, {"a b:80", "no host has"}};
  for (const auto& [text, what] : cases) {
    EXPECT_THAT(ParseListenAddress(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what)))
        << text;
  }
}

}  // namespace
}  // namespace sconce
