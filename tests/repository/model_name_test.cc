#include "server/repository/model_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

TEST(ModelName, TakesWhatFilesAreCalled) {
  for (const char* name : {"iris", "ResNet-18", "net_v2.1", "epoch=3-step=100", "my model", "a",
                           "model (2)", "_x", "a..b"}) {
    SCONCE_EXPECT_OK(CheckModelName(name)) << name;
  }
  SCONCE_EXPECT_OK(CheckModelName(std::string(kMaxModelName, 'x')));
}

TEST(ModelName, RefusesWhatCouldBeAPath) {
  for (const char* name : {"..", ".", "a/b", "/a", ".hidden", "a\\b"}) {
    EXPECT_THAT(CheckModelName(name), StatusIs(absl::StatusCode::kInvalidArgument,
                                               HasSubstr(name[0] == 'a' ? "character" : "")))
        << name;
  }
}

TEST(ModelName, RefusesWhatHasNoPlaceInALabelOrOnACommandLine) {
  for (const std::string& name :
       {std::string(), std::string("-rf"), std::string("a\nb"), std::string("a\0b", 3),
        std::string("caf\xc3\xa9"), std::string("a "), std::string(kMaxModelName + 1, 'x')}) {
    EXPECT_THAT(CheckModelName(name), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("")))
        << name;
  }
}

TEST(ModelName, ErrorsShowTheNameEscaped) {
  EXPECT_THAT(CheckModelName("a\nb"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"a\\nb\"")));
}

}  // namespace
}  // namespace sconce
