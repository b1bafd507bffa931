#include "server/frontend/torchscript/exception_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::sconce::testing::StatusIs;

TEST(ExceptionText, KeepsTheReasonAndTheInnermostSourceLine) {
  EXPECT_EQ(
      ReasonOf(std::string_view(R"(The following operation failed in the TorchScript interpreter.
Traceback of TorchScript, serialized code (most recent call last):
  File "code/__torch__.py", line 8, in forward
    x: Tensor) -> Tensor:
    fc = self.fc
    return (fc).forward(x, )
            ~~~~~~~~~~~ <--- HERE

Traceback of TorchScript, original code (most recent call last):
  File "net.py", line 12, in forward
        return self.fc(x)
               ~~~~~~~ <--- HERE
RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x5 and 4x3)
)")),
      "mat1 and mat2 shapes cannot be multiplied (2x5 and 4x3) (net.py:12 in forward: return "
      "self.fc(x))");
}

TEST(ExceptionText, OfAPlainMessageTakesTheFirstLine) {
  EXPECT_EQ(ReasonOf(std::string_view("no such thing\nException raised from foo\nframe #0")),
            "no such thing");
  EXPECT_EQ(ReasonOf(std::string_view("")), "unknown error");
}

TEST(ExceptionText, OfAForwardThatThrows) {
  torch::jit::Module module = testing::NewModule();
  module.define("def forward(self, x):\n  assert x.dim() < 2, 'too many dimensions'\n  return x\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, testing::Load(module));
  SCONCE_EXPECT_OK(testing::Forward(model, torch::ones({2})));
  EXPECT_THAT(testing::Forward(model, torch::ones({2, 2})),
              StatusIs(absl::StatusCode::kInternal,
                       ::testing::AllOf(::testing::HasSubstr("too many dimensions"),
                                        ::testing::HasSubstr("in forward"),
                                        ::testing::Not(::testing::HasSubstr("\n")))));
}

}  // namespace
}  // namespace sconce
