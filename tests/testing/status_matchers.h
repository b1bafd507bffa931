// Matchers for absl::Status and absl::StatusOr. Debian 12's Abseil has none; drop this file when it
// does.
//
//   EXPECT_THAT(Parse(x), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("shape")));

#ifndef SCONCE_TESTS_TESTING_STATUS_MATCHERS_H_
#define SCONCE_TESTS_TESTING_STATUS_MATCHERS_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce::testing {

inline const absl::Status& GetStatus(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

MATCHER(IsOk, "is OK") {
  if (GetStatus(arg).ok()) return true;
  *result_listener << GetStatus(arg);
  return false;
}

MATCHER_P2(StatusIs, code, message_matcher, "") {
  const absl::Status& status = GetStatus(arg);
  *result_listener << status;
  return status.code() == code &&
         ::testing::ExplainMatchResult(message_matcher, std::string(status.message()),
                                       result_listener);
}

}  // namespace sconce::testing

#define SCONCE_ASSERT_OK(expression) ASSERT_THAT((expression), ::sconce::testing::IsOk())
#define SCONCE_EXPECT_OK(expression) EXPECT_THAT((expression), ::sconce::testing::IsOk())

// ASSERT_OK_AND_ASSIGN(auto model, Load(path));
#define SCONCE_ASSERT_OK_AND_ASSIGN(target, expression) \
  SCONCE_ASSERT_OK_AND_ASSIGN_IMPL_(SCONCE_TEST_CONCAT_(status_or_, __LINE__), target, expression)
#define SCONCE_ASSERT_OK_AND_ASSIGN_IMPL_(result, target, expression) \
  auto result = (expression);                                         \
  ASSERT_THAT(result, ::sconce::testing::IsOk());                     \
  target = *std::move(result)
#define SCONCE_TEST_CONCAT_INNER_(a, b) a##b
#define SCONCE_TEST_CONCAT_(a, b) SCONCE_TEST_CONCAT_INNER_(a, b)

#endif  // SCONCE_TESTS_TESTING_STATUS_MATCHERS_H_
