// No number that a request sends to a division ends the process.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "server/base/status_macros.h"
#include "tests/frontend/model_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();

absl::StatusOr<std::vector<int64_t>> Divide(const std::string& expression, int64_t a, int64_t b) {
  torch::jit::Module module = NewModule();
  module.define("def forward(self, a: int, b: int):\n  q, r = " + expression +
                "\n  return torch.tensor([q, r])\n");
  SCONCE_ASSIGN_OR_RETURN(const LoadedModel model, Load(module));
  SCONCE_ASSIGN_OR_RETURN(const std::vector<NamedValue> outputs,
                          Call(model, {{"a", at::scalar_tensor(a, at::kLong)},
                                       {"b", at::scalar_tensor(b, at::kLong)}}));
  const at::Tensor pair = TensorOf(outputs.front());
  return std::vector<int64_t>(pair.data_ptr<int64_t>(), pair.data_ptr<int64_t>() + pair.numel());
}

MATCHER_P2(IsPair, first, second, "") {
  *result_listener << GetStatus(arg);
  return arg.ok() && *arg == std::vector<int64_t>{first, second};
}

constexpr const char* kOperators = "a // b, a % b";
constexpr const char* kDivmod = "divmod(a, b)";

TEST(CheckedDivision, DividesAsPythonDoes) {
  for (const char* expression : {kOperators, kDivmod}) {
    for (const int64_t a : {-7, 0, 7}) {
      for (const int64_t b : {-3, -1, 1, 3}) {
        const auto floor = static_cast<int64_t>(std::floor(static_cast<double>(a) / b));
        EXPECT_THAT(Divide(expression, a, b), IsPair(floor, a - floor * b))
            << expression << " of " << a << " and " << b;
      }
    }
  }
}

TEST(CheckedDivision, DivisionByZeroFailsTheRequest) {
  for (const char* expression : {kOperators, "1, a % b", kDivmod}) {
    EXPECT_THAT(Divide(expression, 7, 0), StatusIs(absl::StatusCode::kInternal, HasSubstr("by 0")))
        << expression;
  }
}

TEST(CheckedDivision, WhatDoesNotFitWraps) {
  for (const char* expression : {kOperators, kDivmod}) {
    EXPECT_THAT(Divide(expression, kSmallest, -1), IsPair(kSmallest, 0)) << expression;
  }
}

TEST(CheckedDivision, GreatestCommonDivisorsHaveNoSign) {
  const char* gcd = "torch.gcd(a, b), torch.gcd(b, a)";
  EXPECT_THAT(Divide(gcd, kSmallest, -1), IsPair(1, 1));
  EXPECT_THAT(Divide(gcd, -12, 18), IsPair(6, 6));
}

TEST(CheckedDivision, InBranchesAndCallsToo) {
  torch::jit::Module module = NewModule();
  module.define("def rest(self, a: int, b: int) -> int:\n  return a % b\n");
  module.define(
      "def forward(self, a: int, b: int):\n  n = 0\n  if a > 0:\n    n = self.rest(a, b)\n"
      "  return torch.tensor(n)\n");
  SCONCE_ASSERT_OK_AND_ASSIGN(const LoadedModel model, Load(module));
  EXPECT_THAT(Call(model, {{"a", torch::tensor(5)}, {"b", torch::tensor(0)}}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("by 0")));
}

}  // namespace
}  // namespace sconce::testing
