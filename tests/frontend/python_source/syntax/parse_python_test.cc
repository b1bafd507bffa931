// What tests/interop/test_python_syntax.py cannot tell by comparing with CPython.

#include "server/frontend/python_source/syntax/parse_python.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace sconce::python {
namespace {

std::unique_ptr<SourceFile> Parsed(std::string text) {
  auto file = ParsePython("model.py", std::move(text));
  EXPECT_THAT(file, testing::IsOk());
  return file.ok() ? *std::move(file) : std::make_unique<SourceFile>();
}

const Expr& FirstExpr(const SourceFile& file) {
  return *std::get<ExprStmt>(file.body.at(0)->node).value;
}

TEST(ParsePythonTest, AnEmptyFileHasNoStatements) {
  for (const char* text : {"", "\n", "# only this", "\xef\xbb\xbf", "  \n\t\n"}) {
    EXPECT_TRUE(Parsed(text)->body.empty()) << text;
  }
}

TEST(ParsePythonTest, KeepsTheTextThatPositionsAreIn) {
  const auto file = Parsed(
      "\xef\xbb\xbf"
      "a = 1\r\nif b:\r\n  c.d\r\n");
  EXPECT_EQ(file->name, "model.py");
  EXPECT_EQ(file->text, "a = 1\nif b:\n  c.d\n");
  const auto& condition = std::get<If>(file->body.at(1)->node);
  const Position at = condition.then.at(0)->at;
  EXPECT_EQ(at.line, 2U);
  EXPECT_EQ(at.column, 2U);
  EXPECT_EQ(at.end_line, 2U);
  EXPECT_EQ(at.end_column, 5U);
}

TEST(ParsePythonTest, WhatModelsHaveNoUseForIsReadAndNamed) {
  EXPECT_EQ(std::get<UnsupportedExpr>(FirstExpr(*Parsed("(await x)")).node).what, "await");
  EXPECT_EQ(std::get<UnsupportedExpr>(FirstExpr(*Parsed("'\\N{BULLET}'")).node).what,
            "\\N{...} in a string");
  EXPECT_EQ(std::get<UnsupportedExpr>(FirstExpr(*Parsed("18446744073709551616")).node).what,
            "integer of more than 64 bits");
  const std::vector<std::pair<const char*, const char*>> statements = {
      {"async def f(): pass", "async def"},
      {"match a:\n  case 1: pass", "match"},
      {"type A = int", "type alias"},
      {"def f[T](a: T): pass", "type parameters"},
      {"class A[T: int]: pass", "type parameters"},
      {"try: a\nexcept* B: c", "except*"},
  };
  for (const auto& [text, what] : statements) {
    EXPECT_EQ(std::get<UnsupportedStmt>(Parsed(text)->body.at(0)->node).what, what) << text;
  }
}

TEST(ParsePythonTest, YoungerFStringsAreRead) {
  const auto file = Parsed("f\"{a[\"b\"]}{f'{c}'}\"\n");
  const auto& string = std::get<FormattedString>(FirstExpr(*file).node);
  ASSERT_EQ(string.parts.size(), 2U);
  EXPECT_TRUE(std::holds_alternative<Subscript>(
      std::get<FormattedValue>(string.parts[0]->node).value->node));
}

TEST(ParsePythonTest, LinesOfANotebookAreNone) {
  const auto file = Parsed(
      "!pip install \"torch\n%matplotlib inline\nx = 1\nif x:\n  y = (5\n    % 2)\n  !ls 'a\n"
      "z = 7 \\\n  % 4\n?x\n");
  ASSERT_EQ(file->body.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<Binary>(std::get<Assign>(file->body[2]->node).value->node));
  EXPECT_EQ(std::get<If>(file->body[1]->node).then.size(), 1U);
}

TEST(ParsePythonTest, NamesThatWereStatementsStayNames) {
  for (const char* text : {"print('a')", "print ('a')", "print", "exec('a')", "exec", "type(a)",
                           "match(a)", "print('a' % b, file=c)"}) {
    const auto file = Parsed(text);
    const Expr& expression = FirstExpr(*file);
    const auto* call = std::get_if<Call>(&expression.node);
    const Expr& name = call == nullptr ? expression : *call->function;
    EXPECT_TRUE(std::holds_alternative<Name>(name.node)) << text;
  }
}

TEST(ParsePythonTest, TreesOutliveTheThreadThatMadeThem) {
  std::vector<std::unique_ptr<SourceFile>> files(8);
  std::vector<std::thread> threads;
  for (auto& file : files) {
    threads.emplace_back([&file] {
      for (int i = 0; i < 20; ++i)
        file = Parsed("class A(B):\n  def f(self): return f'{self.x}'\n");
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& file : files) EXPECT_EQ(file->body.size(), 1U);
}

}  // namespace
}  // namespace sconce::python
