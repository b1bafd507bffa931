#include "server/base/status_macros.h"

#include <gtest/gtest.h>

#include <memory>

#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

absl::Status Pass(absl::Status status, bool& passed) {
  SCONCE_RETURN_IF_ERROR(status);
  passed = true;
  return absl::OkStatus();
}

absl::StatusOr<int> Unwrap(absl::StatusOr<std::unique_ptr<int>> value) {
  SCONCE_ASSIGN_OR_RETURN(const std::unique_ptr<int> owned, std::move(value));
  return *owned;
}

TEST(ReturnIfError, GoesOnOnlyWhenAllIsWell) {
  bool passed = false;
  EXPECT_THAT(Pass(absl::AbortedError("stop"), passed),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("stop")));
  EXPECT_FALSE(passed);
  EXPECT_THAT(Pass(absl::OkStatus(), passed), IsOk());
  EXPECT_TRUE(passed);
}

TEST(AssignOrReturn, MovesTheValueOutOrReturnsTheError) {
  EXPECT_EQ(*Unwrap(std::make_unique<int>(7)), 7);
  EXPECT_THAT(Unwrap(absl::NotFoundError("gone")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("gone")));
}

}  // namespace
}  // namespace sconce
