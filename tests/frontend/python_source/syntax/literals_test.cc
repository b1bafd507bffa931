#include "server/frontend/python_source/syntax/literals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace sconce::python {
namespace {

bool Is(LiteralProblem problem, const NumberLiteral& number) {
  const auto* found = std::get_if<LiteralProblem>(&number);
  return found != nullptr && *found == problem;
}

int64_t Integer(std::string_view text) {
  const NumberLiteral number = ParseNumber(text);
  const auto* value = std::get_if<IntLiteral>(&number);
  if (value != nullptr) return value->value;
  ADD_FAILURE() << text << " is no integer";
  return -1;
}

double Float(std::string_view text) {
  const NumberLiteral number = ParseNumber(text);
  const auto* value = std::get_if<FloatLiteral>(&number);
  if (value != nullptr) return value->value;
  ADD_FAILURE() << text << " is no float";
  return -1;
}

TEST(LiteralsTest, IntegersOfEveryBase) {
  EXPECT_EQ(Integer("0"), 0);
  EXPECT_EQ(Integer("000"), 0);
  EXPECT_EQ(Integer("1_000"), 1000);
  EXPECT_EQ(Integer("0x_Ff"), 255);
  EXPECT_EQ(Integer("0O17"), 15);
  EXPECT_EQ(Integer("0b1_01"), 5);
  EXPECT_EQ(Integer("9223372036854775807"), std::numeric_limits<int64_t>::max());
}

TEST(LiteralsTest, IntegersBeyondSixtyFourBitsAreToldApart) {
  for (const char* text :
       {"9223372036854775808", "0x8000000000000000", "100000000000000000000000"}) {
    EXPECT_TRUE(Is(LiteralProblem::kTooLarge, ParseNumber(text))) << text;
  }
}

TEST(LiteralsTest, NumbersOfPythonTwoAndNonsenseAreRefused) {
  for (const char* text :
       {"", "0777", "1L", "0xFFL", "1__0", "1_", "0x", "0b2", "0o8", "1.5L", "0_7"}) {
    EXPECT_TRUE(Is(LiteralProblem::kMalformed, ParseNumber(text))) << text;
  }
}

TEST(LiteralsTest, Floats) {
  EXPECT_EQ(Float("1."), 1.0);
  EXPECT_EQ(Float(".5"), 0.5);
  EXPECT_EQ(Float("1_0.2_5e-1"), 1.025);
  EXPECT_EQ(Float("1E3"), 1000.0);
  EXPECT_TRUE(std::isinf(Float("1e999")));
  EXPECT_EQ(std::get<ComplexLiteral>(ParseNumber("2.5j")).imaginary, 2.5);
  EXPECT_EQ(std::get<ComplexLiteral>(ParseNumber("08J")).imaginary, 8.0);
}

TEST(LiteralsTest, Prefixes) {
  for (const char* letters : {"", "u", "U", "r", "b", "f", "Rb", "bR", "rF", "FR"}) {
    EXPECT_TRUE(ParseStringPrefix(letters)) << letters;
  }
  for (const char* letters : {"ur", "bf", "uu", "rr", "fbr", "x"}) {
    EXPECT_FALSE(ParseStringPrefix(letters)) << letters;
  }
}

std::string Text(std::string_view text, StringPrefix prefix = {}) {
  std::string out;
  EXPECT_FALSE(AppendLiteral(text, prefix, out)) << text;
  return out;
}

TEST(LiteralsTest, Escapes) {
  EXPECT_EQ(Text(R"(a\n\t\\\'\"\x41\101\0)"), std::string("a\n\t\\'\"AA\0", 9));
  EXPECT_EQ(Text(R"(\u00e9\U0001F600)"), "é😀");
  EXPECT_EQ(Text("a\\\nb"), "ab");
  EXPECT_EQ(Text(R"(\d\ )"), R"(\d\ )");
  EXPECT_EQ(Text(R"(\x41\n)", {.raw = true}), R"(\x41\n)");
  EXPECT_EQ(Text(R"(\xff\u1234)", {.bytes = true}), "\xff\\u1234");
  EXPECT_EQ(Text("{{a}}", {.formatted = true}), "{a}");
  EXPECT_EQ(Text("{{a}}"), "{{a}}");
  EXPECT_EQ(Text("\\"), "\\");
}

TEST(LiteralsTest, EscapesThatAreNone) {
  std::string out;
  for (const char* text : {R"(\x4)", R"(\xg0)", R"(\u123)", R"(\U0011FFFF)", R"(\U0000)"}) {
    EXPECT_EQ(AppendLiteral(text, {}, out), LiteralProblem::kMalformed) << text;
  }
  EXPECT_EQ(AppendLiteral(R"(\N{BULLET})", {}, out), LiteralProblem::kNamedEscape);
  EXPECT_EQ(AppendLiteral("é", {.bytes = true}, out), LiteralProblem::kNotAscii);
  EXPECT_EQ(AppendLiteral("a}", {.formatted = true}, out), LiteralProblem::kMalformed);
}

}  // namespace
}  // namespace sconce::python
