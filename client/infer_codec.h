// Inference requests and answers: plain structs, and their way into and out of the protocol's
// messages. Tensors travel raw both ways.

#ifndef SCONCE_CLIENT_INFER_CODEC_H_
#define SCONCE_CLIENT_INFER_CODEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/tensor.h"
#include "proto/inference/grpc_service.pb.h"

namespace sconce {

struct InferRequest {
  std::string model{};
  int64_t version = 0;   // 0: the version that serves by default
  std::string method{};  // empty: "forward"
  std::string id{};      // comes back with the answer, stands in the daemon's log
  std::vector<Tensor> inputs{};
  std::vector<std::string> outputs{};  // names; empty: all
};

struct InferResult {
  std::string model;
  std::string version;
  std::string id;
  std::vector<Tensor> outputs;

  // Null when there is none of that name.
  const Tensor* Find(std::string_view name) const;
};

// INVALID_ARGUMENT: an input that CheckTensor refuses, or a string longer than 4 GiB.
absl::StatusOr<inference::ModelInferRequest> EncodeInfer(const InferRequest& request);

// INTERNAL: the answer contradicts itself. Takes the bytes out of the message.
absl::StatusOr<InferResult> DecodeInfer(inference::ModelInferResponse response);

}  // namespace sconce

#endif  // SCONCE_CLIENT_INFER_CODEC_H_
