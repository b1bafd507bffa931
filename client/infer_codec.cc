#include "client/infer_codec.h"

#include <limits>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

// Each element: four bytes of length, little-endian, then the bytes.
absl::StatusOr<std::string> PackStrings(const Tensor& tensor) {
  std::string packed;
  for (const std::string& element : tensor.strings) {
    if (element.size() > std::numeric_limits<uint32_t>::max()) {
      return absl::InvalidArgumentError(
          absl::StrFormat("%s: a string of %d bytes is too long", tensor.name, element.size()));
    }
    const uint32_t size = static_cast<uint32_t>(element.size());
    packed.append(reinterpret_cast<const char*>(&size), sizeof size).append(element);
  }
  return packed;
}

absl::Status UnpackStrings(std::string_view packed, Tensor& tensor) {
  ByteReader reader(packed);
  while (!reader.empty()) {
    const auto size = reader.ReadU32();
    const auto element = size ? reader.ReadBytes(*size) : std::nullopt;
    if (!element) {
      return absl::InternalError(absl::StrFormat("%s: a string is cut off", tensor.name));
    }
    tensor.strings.emplace_back(*element);
  }
  return absl::OkStatus();
}

absl::StatusOr<Tensor> DecodeOutput(const inference::ModelInferResponse::InferOutputTensor& output,
                                    std::string raw) {
  Tensor tensor{output.name(), output.datatype(), {}, {}, {}};
  tensor.shape.assign(output.shape().begin(), output.shape().end());
  if (tensor.datatype == "BYTES") {
    SCONCE_RETURN_IF_ERROR(UnpackStrings(raw, tensor));
  } else {
    tensor.bytes = std::move(raw);
  }
  const absl::Status status = CheckTensor(tensor);
  if (status.ok()) return tensor;
  return absl::InternalError(
      absl::StrFormat("the daemon sent a broken output: %s", std::string(status.message())));
}

}  // namespace

const Tensor* InferResult::Find(std::string_view name) const {
  for (const Tensor& tensor : outputs) {
    if (tensor.name == name) return &tensor;
  }
  return nullptr;
}

absl::StatusOr<inference::ModelInferRequest> EncodeInfer(const InferRequest& request) {
  inference::ModelInferRequest message;
  message.set_model_name(request.model);
  if (request.version != 0) message.set_model_version(std::to_string(request.version));
  message.set_id(request.id);
  if (!request.method.empty()) {
    (*message.mutable_parameters())["method"].set_string_param(request.method);
  }
  for (const Tensor& tensor : request.inputs) {
    SCONCE_RETURN_IF_ERROR(CheckTensor(tensor));
    auto* input = message.add_inputs();
    input->set_name(tensor.name);
    input->set_datatype(tensor.datatype);
    input->mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
    if (tensor.datatype == "BYTES") {
      SCONCE_ASSIGN_OR_RETURN(*message.add_raw_input_contents(), PackStrings(tensor));
    } else {
      message.add_raw_input_contents(tensor.bytes);
    }
  }
  for (const std::string& name : request.outputs) message.add_outputs()->set_name(name);
  return message;
}

absl::StatusOr<InferResult> DecodeInfer(inference::ModelInferResponse response) {
  if (response.raw_output_contents_size() != response.outputs_size()) {
    return absl::InternalError(absl::StrFormat("the daemon sent %d outputs and %d raw contents",
                                               response.outputs_size(),
                                               response.raw_output_contents_size()));
  }
  InferResult result{response.model_name(), response.model_version(), response.id(), {}};
  for (int i = 0; i < response.outputs_size(); ++i) {
    SCONCE_ASSIGN_OR_RETURN(
        Tensor tensor,
        DecodeOutput(response.outputs(i), std::move(*response.mutable_raw_output_contents(i))));
    result.outputs.push_back(std::move(tensor));
  }
  return result;
}

}  // namespace sconce
