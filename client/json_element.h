// One element of a tensor and its JSON value.

#ifndef SCONCE_CLIENT_JSON_ELEMENT_H_
#define SCONCE_CLIENT_JSON_ELEMENT_H_

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "absl/status/status.h"
#include "client/tensor.h"

namespace sconce {

// Appends `value` to the tensor's contents in the form of its datatype. INVALID_ARGUMENT: it does
// not fit; the message says what was found, not where.
absl::Status AppendElement(const nlohmann::json& value, Tensor& tensor);

}  // namespace sconce

#endif  // SCONCE_CLIENT_JSON_ELEMENT_H_
