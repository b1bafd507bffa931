// What a model may be called.

#ifndef SCONCE_SERVER_REPOSITORY_MODEL_NAME_H_
#define SCONCE_SERVER_REPOSITORY_MODEL_NAME_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace sconce {

inline constexpr size_t kMaxModelName = 128;

// A name is also a folder, a metric label and a word on a command line: 1 to 128 characters out of
// letters, digits, space and . _ - + = @ , ( ); a letter, digit or _ first; no space last.
// INVALID_ARGUMENT otherwise; the message names the character.
absl::Status CheckModelName(std::string_view name);

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_MODEL_NAME_H_
