// One input of a request, as a Value: its declared datatype and shape checked, its data copied once
// into memory that LibTorch aligned. No size is believed before the message is seen to hold it.

#ifndef SCONCE_SERVER_RPC_INPUT_VALUE_H_
#define SCONCE_SERVER_RPC_INPUT_VALUE_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "proto/inference/grpc_service.pb.h"
#include "server/rpc/slice_cursor.h"
#include "server/runtime/value.h"

namespace sconce {

using InferInput = inference::ModelInferRequest::InferInputTensor;

// All errors are INVALID_ARGUMENT and name the input, except RESOURCE_EXHAUSTED: no memory.

// `cursor` stands at the `size` raw bytes of the input.
absl::StatusOr<Value> ValueFromRaw(const InferInput& input, SliceCursor cursor, size_t size);

// From input.contents, the field that belongs to the datatype.
absl::StatusOr<Value> ValueFromContents(const InferInput& input);

// "fp32_contents, int_contents" for an error message; "" when no field has an element.
std::string FilledContents(const inference::InferTensorContents& contents);

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_INPUT_VALUE_H_
