// What the daemon says of a model, as words for people and as JSON for programs.

#ifndef SCONCE_CLIENT_CLI_MODEL_TEXT_H_
#define SCONCE_CLIENT_CLI_MODEL_TEXT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "proto/sconce/v1/model_server.pb.h"

namespace sconce::cli {

// "READY"
std::string StateText(v1::ModelState state);

// "1.5 MiB"; "812 B" below 1 KiB.
std::string BytesText(uint64_t bytes);

// "FP32[-1,4]", "FP32[...]", or the TorchScript type when the model says no more.
std::string SpecText(const v1::TensorSpec& spec);

// "forward(x: FP32[-1,4], mask: Optional[Tensor] = None) -> (output: FP32[-1,3])"
std::string SignatureText(const v1::MethodSignature& method);

// "2026-11-23T16:59:57Z"
std::string TimeText(const google::protobuf::Timestamp& time);

// Field names as in the .proto; states in words; empty fields left out.
nlohmann::ordered_json ModelJson(const v1::ModelVersion& model);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_MODEL_TEXT_H_
