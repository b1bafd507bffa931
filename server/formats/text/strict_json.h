// JSON from strangers: headers and indexes of weights files.

#ifndef SCONCE_SERVER_FORMATS_TEXT_STRICT_JSON_H_
#define SCONCE_SERVER_FORMATS_TEXT_STRICT_JSON_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"

namespace sconce {

// An object, nested no deeper than `max_depth` (1: only plain values in it), without a key that
// occurs twice: of such keys other readers take the first or the last. Nothing is kept of a text
// that is wrong or has millions of values. INVALID_ARGUMENT: it is none; the message says why.
absl::StatusOr<nlohmann::json> ParseStrictJson(const std::string& text, int max_depth);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TEXT_STRICT_JSON_H_
