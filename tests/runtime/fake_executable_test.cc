#include "tests/testing/fake_executable.h"

#include <ATen/ops/full.h>

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace sconce::testing {
namespace {

using ::testing::HasSubstr;

std::vector<NamedValue> Input(std::string name) {
  return {{std::move(name), Value(at::full({2}, 7.0))}};
}

void RunOnce(const FakeExecutable& fake) {
  auto invocation = fake.Bind("", Input("x"));
  SCONCE_ASSERT_OK(invocation);
  SCONCE_EXPECT_OK(fake.Run(*std::move(invocation)));
}

TEST(FakeExecutable, EchoesTheFirstInput) {
  FakeExecutable fake;
  SCONCE_ASSERT_OK_AND_ASSIGN(auto invocation, fake.Bind("forward", Input("x")));
  SCONCE_ASSERT_OK_AND_ASSIGN(auto outputs, fake.Run(std::move(invocation)));
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].name, "output");
  EXPECT_EQ(ShapeOf(outputs[0].value), std::vector<int64_t>({2}));
}

TEST(FakeExecutable, RefusesUnknownMethodsAndNames) {
  FakeExecutable fake;
  EXPECT_THAT(fake.Bind("embed", Input("x")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("embed")));
  EXPECT_THAT(fake.Bind("", Input("y")),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("unknown input y")));
  EXPECT_THAT(fake.Bind("", {}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("missing input x")));
}

TEST(FakeExecutable, GateHoldsRunsUntilTheyAreLetPass) {
  FakeExecutable fake;
  fake.CloseGate();
  std::thread first([&] { RunOnce(fake); });
  std::thread second([&] { RunOnce(fake); });
  fake.WaitUntilRunning(2);
  EXPECT_EQ(fake.finished(), 0);
  fake.LetPass(1);
  fake.WaitUntilFinished(1);
  EXPECT_EQ(fake.running(), 1);
  fake.OpenGate();
  first.join();
  second.join();
  EXPECT_EQ(fake.finished(), 2);
  EXPECT_EQ(fake.most_running(), 2);
}

}  // namespace
}  // namespace sconce::testing
