// Reads config.pbtxt, and the same as JSON, into inference::ModelConfig. Nothing is ignored: what
// Sconce does not know is refused by name, with its place and with the fields that it takes.

#ifndef SCONCE_SERVER_REPOSITORY_MODEL_CONFIG_H_
#define SCONCE_SERVER_REPOSITORY_MODEL_CONFIG_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "proto/inference/model_config.pb.h"

namespace sconce {

inline constexpr size_t kMaxConfigBytes = size_t{1} << 20;

// `origin` names the text in errors ("digits/config.pbtxt"). INVALID_ARGUMENT with line and column.
absl::StatusOr<inference::ModelConfig> ParseConfigText(const std::string& text,
                                                       std::string_view origin);

// Field names as in the proto or in lowerCamelCase.
absl::StatusOr<inference::ModelConfig> ParseConfigJson(const std::string& json,
                                                       std::string_view origin);

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_MODEL_CONFIG_H_
