// Early return on error for absl::Status and absl::StatusOr. Debian 12's Abseil (20220623) has
// neither macro; drop this file when the packaged one does.

#ifndef SCONCE_SERVER_BASE_STATUS_MACROS_H_
#define SCONCE_SERVER_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// RETURN_IF_ERROR(DoThing());  returns the Status from the enclosing function unless it is OK.
#define SCONCE_RETURN_IF_ERROR(expression)                    \
  do {                                                        \
    if (absl::Status status_ = (expression); !status_.ok()) { \
      return status_;                                         \
    }                                                         \
  } while (false)

// SCONCE_ASSIGN_OR_RETURN(auto model, Load(path));  assigns the value or returns the Status.
#define SCONCE_ASSIGN_OR_RETURN(target, expression) \
  SCONCE_ASSIGN_OR_RETURN_IMPL_(SCONCE_CONCAT_(status_or_, __LINE__), target, expression)

#define SCONCE_ASSIGN_OR_RETURN_IMPL_(result, target, expression) \
  auto result = (expression);                                     \
  if (!result.ok()) {                                             \
    return std::move(result).status();                            \
  }                                                               \
  target = *std::move(result)

#define SCONCE_CONCAT_INNER_(a, b) a##b
#define SCONCE_CONCAT_(a, b) SCONCE_CONCAT_INNER_(a, b)

#endif  // SCONCE_SERVER_BASE_STATUS_MACROS_H_
