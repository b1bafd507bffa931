// Texts that are refused: what is said of them, and that it is said soon.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "server/frontend/python_source/syntax/parse_python.h"
#include "tests/testing/status_matchers.h"

namespace sconce::python {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The message, which has to be an INVALID_ARGUMENT's.
std::string Refused(const std::string& text) {
  const auto file = ParsePython("m.py", text);
  EXPECT_THAT(file, testing::StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("m.py:")))
      << text.substr(0, 80);
  return std::string(file.status().message());
}

std::string Repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(RefusedSourceTest, SyntaxErrorsAreShown) {
  EXPECT_EQ(Refused("a = 1\nb = = 2\n"),
            "m.py:2:5: \"=\" is not possible here\n"
            "    b = = 2\n"
            "        ^");
  EXPECT_EQ(Refused("def f():\n  return (a +\n\nb = 2\n"),
            "m.py:2:10: \"(\" was never closed\n"
            "    return (a +\n"
            "           ^");
  EXPECT_THAT(Refused("a = [1, 2)\n"), StartsWith("m.py:1:10: \")\" does not close \"[\""));
  EXPECT_THAT(Refused("a = 1)\n"), StartsWith("m.py:1:6: nothing is open"));
  EXPECT_THAT(Refused("a = 'b\n"), StartsWith("m.py:1:5: this string is not closed"));
  EXPECT_THAT(Refused("x\n'''b\n"), StartsWith("m.py:2:1: this string is not closed"));
  EXPECT_THAT(Refused("import os\nif a\n  b\n"), StartsWith("m.py:2:"));
  EXPECT_THAT(Refused("for in b: c\n"), StartsWith("m.py:1:"));
  EXPECT_THAT(Refused("a b\n"), StartsWith("m.py:1:"));
  EXPECT_THAT(Refused("\x7f"
                      "ELF"),
              StartsWith("m.py:1:1"));
}

TEST(RefusedSourceTest, WhatOnlyTheGrammarTakesIsNoPython) {
  for (const char* text : {"f() = 1",
                           "a + b += 1",
                           "(a, b) += c",
                           "a, b: int = c",
                           "a = b += c",
                           "a: int = b = c",
                           "def f(None): pass",
                           "a.class",
                           "def f(a, a): pass",
                           "def f(a=1, b): pass",
                           "def f(**a, b): pass",
                           "def f(*, *a): pass",
                           "def f(a, /, b, /): pass",
                           "f(a=1, b)",
                           "[a for a in b, c]",
                           "(*a)",
                           "not *a",
                           "a if *b else c",
                           "del f()",
                           "for f() in a: b",
                           "with a as f(): b",
                           "f((*a))",
                           "1L",
                           "0777",
                           "if a:\nb",
                           "if a:\n    b\n  c",
                           "  a",
                           "a\n  b",
                           "b'é'",
                           "'a' b'b'",
                           "'\\x4'",
                           "f'{a!x}'",
                           "f'}'",
                           "assert a, b, c",
                           "(a as b)",
                           "raise from a",
                           "try: a"}) {
    Refused(text);
  }
}

TEST(RefusedSourceTest, PythonTwoIsNamed) {
  for (const char* text :
       {"print 'a'", "print a, b", "print >>f, a", "exec 'a'", "exec a in b", "raise A, 'b'",
        "try: a\nexcept A, b: c", "def f((a, b)): pass", "a <> b", "`a`"}) {
    EXPECT_THAT(Refused(text), HasSubstr("Python 2")) << text;
  }
}

TEST(RefusedSourceTest, OnlyUtf8) {
  EXPECT_THAT(Refused("a\nb = '\xff'\n"), StartsWith("m.py:2:6: this is not UTF-8"));
  EXPECT_THAT(Refused(std::string("a\n \0b", 5)), StartsWith("m.py:2:2: source text has no zero"));
}

TEST(RefusedSourceTest, LargeFiles) {
  EXPECT_THAT(Refused(std::string(kMostSourceBytes + 1, '\n')), HasSubstr("16 MiB"));
}

TEST(RefusedSourceTest, DeepNesting) {
  const auto parens = [](int levels) {
    return "x = 1\ny = " + Repeated("(", levels) + "a" + Repeated(")", levels) + "\n";
  };
  SCONCE_EXPECT_OK(ParsePython("m.py", parens(kMostNesting)));
  for (const int levels : {kMostNesting + 1, 10'000}) {
    EXPECT_THAT(Refused(parens(levels)), AllOf(StartsWith("m.py:2:"), HasSubstr("200 levels")));
  }
  std::string blocks;
  for (int i = 0; i < 220; ++i) blocks += std::string(i, ' ') + "if a:\n";
  EXPECT_THAT(Refused(blocks + std::string(220, ' ') + "b\n"), HasSubstr("200 levels"));
  EXPECT_THAT(Refused("if a:\n" + std::string(300, ' ') + "b\n"), HasSubstr("250 columns"));
}

TEST(RefusedSourceTest, LongChains) {
  const auto chains = [](int links) {
    return std::vector<std::string>{
        "a" + Repeated(" + a", links),     "a" + Repeated(".b()", links / 2),
        "a" + Repeated("[0]", links),      Repeated("not ", links) + "a",
        Repeated("-", links) + "a",        Repeated("a if b else ", links) + "c",
        Repeated("lambda: ", links) + "a", "a" + Repeated(" & a ^ a", links / 2),
        "a" + Repeated(" ** a", links),    "if a: b\n" + Repeated("elif a: b\n", links),
    };
  };
  for (const std::string& text : chains(900)) SCONCE_EXPECT_OK(ParsePython("m.py", text));
  for (const std::string& text : chains(20'000))
    EXPECT_THAT(Refused(text), HasSubstr("1000 parts"));
  // As long as these are, their trees are flat.
  for (const char* link : {" and a", " < a", " == a", ", a", "; a", " = a", " 'a'"}) {
    const std::string first = std::string_view(link) == " 'a'" ? "'a'" : "a";
    SCONCE_EXPECT_OK(ParsePython("m.py", first + Repeated(link, 20'000)));
  }
}

TEST(RefusedSourceTest, HostileTextsEndSoon) {
  const auto began = std::chrono::steady_clock::now();
  for (const char* text :
       {"(", "[(", "{", ")", "f'{", "f\"{f'{", "if x:\n", "x=[\n", "print x,(\n", "\\\n", "@",
        "lambda ", "a[b:c:d,", "type x = ", "match ", "\"\"\"", "* "}) {
    (void)ParsePython("m.py", Repeated(text, 5'000));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(30));
}

TEST(RefusedSourceTest, WhatNeedsTooMuchTimeIsGivenUp) {
  // To the grammar's scanner every one of these is a search for the end of all of them.
  EXPECT_THAT(Refused(Repeated("\\\n", 200'000)), HasSubstr("more time or memory"));
}

TEST(RefusedSourceTest, WhatNeedsTooMuchMemoryIsGivenUp) {
  EXPECT_THAT(Refused(Repeated(")", 8 << 20)), HasSubstr("more time or memory"));
}

}  // namespace
}  // namespace sconce::python
