#include "server/telemetry/escape.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  AppendEscaped(out, text);
  return out;
}

TEST(Escape, KeepsValidTextAsItIs) {
  const std::string text = "iris, \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x94\xA5";
  EXPECT_EQ(Escaped(text), text);
  EXPECT_EQ(ReplaceInvalidUtf8(text), text);
}

TEST(Escape, EscapesWhatEndsAStringOrALine) {
  EXPECT_EQ(Escaped("a\"b\\c\n\r\t"), "a\\\"b\\\\c\\n\\r\\t");
  EXPECT_EQ(Escaped(std::string("\0\x1b\x7f", 3)), "\\u0000\\u001b\\u007f");
  EXPECT_EQ(Escaped("\xC2\x85\xE2\x80\xA8\xE2\x80\xA9"), "\\u0085\\u2028\\u2029");
}

TEST(Escape, ReplacesBytesThatAreNoUtf8) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(ReplaceInvalidUtf8("\xFF"), bad);
  EXPECT_EQ(ReplaceInvalidUtf8("a\x80z"), "a" + bad + "z");
  EXPECT_EQ(ReplaceInvalidUtf8("\xC0\x80"), bad + bad);                      // overlong
  EXPECT_EQ(ReplaceInvalidUtf8("\xED\xA0\x80"), bad + bad + bad);            // surrogate
  EXPECT_EQ(ReplaceInvalidUtf8("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // beyond Unicode
  EXPECT_EQ(ReplaceInvalidUtf8("\xE2\x82"), bad + bad);                      // cut short
}

// Every string of three bytes out of the interesting ones is, escaped, the inside of valid JSON.
TEST(Escape, AnyBytesMakeValidJson) {
  const std::string bytes("\0\n\x1f \"\\a\x7f\x80\x85\xBF\xC0\xC2\xE0\xE2\xED\xEF\xF0\xF4\xFF", 20);
  for (const char a : bytes) {
    for (const char b : bytes) {
      for (const char c : bytes) {
        const std::string line = absl::StrFormat("\"%s\"", Escaped(std::string{a, b, c}));
        ASSERT_TRUE(nlohmann::json::accept(line)) << line;
        ASSERT_EQ(line.find('\n'), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace sconce
