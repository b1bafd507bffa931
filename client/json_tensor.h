// Nested JSON lists to and from tensors: how tensors are typed on a command line and printed for
// programs.
//
//   numbers                 [[1, 2.5], [3, 4]]
//   not finite              "NaN", "Infinity", "-Infinity" where a float is expected
//   BOOL                    [true, false]
//   BYTES                   ["text", {"base64": "AAEC"}]
//   a scalar                3

#ifndef SCONCE_CLIENT_JSON_TENSOR_H_
#define SCONCE_CLIENT_JSON_TENSOR_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/tensor.h"

namespace sconce {

// `datatype` empty: deduced, as FP32 when any element is a number with a point or exponent, else
// INT64, BOOL or BYTES. INVALID_ARGUMENT names the place of what does not fit: "[1][0]". Ragged
// lists, numbers out of range and integers with a fraction are refused. The tensor has no name.
absl::StatusOr<Tensor> TensorFromJson(const nlohmann::json& value, std::string_view datatype);

// The same from text.
absl::StatusOr<Tensor> ParseJsonTensor(std::string_view text, std::string_view datatype);

// Nested lists. Floats have as many digits as it takes to read the same value back. REQUIRES:
// CheckTensor(tensor) is OK.
nlohmann::json TensorToJson(const Tensor& tensor);

// Element `index`, in row-major order, as JSON. REQUIRES: it exists.
nlohmann::json ElementToJson(const Tensor& tensor, uint64_t index);

}  // namespace sconce

#endif  // SCONCE_CLIENT_JSON_TENSOR_H_
