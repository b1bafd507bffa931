// LibTorch's parser and compiler are recursive: what would overflow them is refused, and what is
// let through survives them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_format.h"
#include "server/frontend/torchscript/code_policy.h"
#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::HasSubstr;

std::string Repeat(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

std::string Method(const std::string& expression) {
  return absl::StrFormat("def forward(self, x):\n  return %s\n", expression);
}

std::string NestedIfs(int depth) {
  std::string text = "def forward(self, x: int):\n";
  for (int i = 1; i <= depth; ++i) text += Repeat(" ", i) + "if x > 1:\n";
  return text + Repeat(" ", depth + 1) + "x = x + 1\n return x\n";
}

std::string Elifs(int count) {
  std::string text = "def forward(self, x: int):\n if x == 0:\n  x = 1\n";
  for (int i = 1; i <= count; ++i) text += absl::StrFormat(" elif x == %d:\n  x = 1\n", i);
  return text + " else:\n  x = 2\n return x\n";
}

// Each as deep as asked for.
std::vector<std::string> DeepCode(int depth) {
  return {
      Method(Repeat("(", depth) + "x" + Repeat(")", depth)),
      Method("x" + Repeat(" + x", depth)),
      Method(Repeat("- ", depth) + "x"),
      Method("bool(" + Repeat("not ", depth) + "x)"),
      Method("x" + Repeat(" ** x", depth)),
      Method("x" + Repeat(".t()", depth)),
      Method("x" + Repeat("[0]", depth)),
      Method(Repeat("torch.neg(", depth) + "x" + Repeat(")", depth)),
      Method(Repeat("x if True else ", depth) + "x"),
      NestedIfs(depth),
      Elifs(depth),
  };
}

TEST(Nesting, TooDeepIsRefusedWithItsPlace) {
  for (const std::string& text : DeepCode(9000)) {
    EXPECT_THAT(JudgeCode({{"code/net.py", text}}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("nested more than"), HasSubstr("code/net.py:"))))
        << text.substr(0, 60);
  }
}

TEST(Nesting, BlankLinesAndCommentsInARowAreBounded) {
  EXPECT_THAT(JudgeCode({{"code/net.py", Repeat("\n", 100000)}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty lines")));
  EXPECT_THAT(JudgeCode({{"code/net.py", Repeat("# a\n", 100000)}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty lines")));
}

TEST(Nesting, DepthDoesNotAddUpOverStatementsAndItems) {
  std::string text = "def forward(self, x):\n";
  for (int i = 0; i < 2000; ++i) text += "  x = torch.add(x, self.a.b.c, alpha=1)\n";
  SCONCE_EXPECT_OK(
      JudgeCode({{"code/net.py", text + "  return [" + Repeat("-x, ", 3000) + "x]\n"}}));
}

TEST(Nesting, WhatIsLetThroughSurvivesTheCompiler) {
  for (const int depth : {90, 180, 400}) {
    for (const std::string& text : DeepCode(depth)) {
      if (!JudgeCode({{"code/net.py", text}}).ok()) continue;
      torch::jit::Module module = NewModule();
      try {
        module.define(text);
      } catch (const std::exception&) {
        continue;  // no legal TorchScript, which the compiler found out without overflowing
      }
      (void)Load(module);
    }
  }
}

}  // namespace
}  // namespace sconce::testing
