#include "server/formats/text/strict_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

TEST(StrictJson, AnObjectIsRead) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto json, ParseStrictJson(R"({"a":{"b":[1]},"c":"d"} )", 3));
  EXPECT_EQ(json["a"]["b"][0], 1);
  EXPECT_EQ(json["c"], "d");
}

TEST(StrictJson, AKeyMayOccurInSeveralObjects) {
  EXPECT_THAT(ParseStrictJson(R"({"a":{"a":1},"b":{"a":1}})", 2), IsOk());
}

struct Bad {
  std::string text;
  const char* message;
};

class WrongJson : public ::testing::TestWithParam<Bad> {};

TEST_P(WrongJson, IsRefused) {
  EXPECT_THAT(ParseStrictJson(GetParam().text, 2),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(GetParam().message)));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongJson,
    ::testing::Values(Bad{R"({"a":1,"a":1})", "\"a\" occurs twice"},
                      Bad{R"({"b":{"a":1,"a":2}})", "\"a\" occurs twice"},
                      Bad{R"({"a":1,"\u0061":1})", "\"a\" occurs twice"},
                      Bad{R"({"a":{"b":{}}})", "nested deeper than 2"},
                      Bad{R"({"a":[[]]})", "nested deeper than 2"},
                      Bad{std::string(10'000'000, '['), "nested deeper than 2"},
                      Bad{"[1]", "no object"}, Bad{std::string("{}\0{", 4), "damaged at byte 3"},
                      Bad{"3", "no object"}, Bad{"", "damaged"}, Bad{"{", "damaged"},
                      Bad{R"({"a":1} {"b":2})", "damaged"}, Bad{"{\"a\":\"\xff\"}", "damaged"},
                      Bad{R"({"a":NaN})", "damaged"}));

TEST(StrictJson, MoreValuesThanAnyFileNeedsAreNotKept) {
  std::string text = R"({"a":[0)";
  for (int i = 0; i < 9 << 20; ++i) text += ",0";
  EXPECT_THAT(ParseStrictJson(text + "]}", 2),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("more than")));
}

}  // namespace
}  // namespace sconce
