#include "client/cli/input_argument.h"

#include "absl/strings/str_format.h"
#include "client/cli/fill.h"
#include "client/cli/signature.h"
#include "client/file_bytes.h"
#include "client/json_tensor.h"
#include "client/npy.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

bool IsNpyName(std::string_view value) {
  constexpr std::string_view kSuffix = ".npy";
  return value.size() > kSuffix.size() && value.substr(value.size() - kSuffix.size()) == kSuffix &&
         value.front() != '"' && value.front() != '[';
}

absl::StatusOr<Tensor> FromNpy(absl::StatusOr<Tensor> tensor, const InputArgument& argument) {
  SCONCE_RETURN_IF_ERROR(tensor.status());
  if (argument.datatype.empty() || argument.datatype == tensor->datatype) return tensor;
  return absl::InvalidArgumentError(absl::StrFormat(
      "the array is %s, not %s; cast it with astype() first", tensor->datatype, argument.datatype));
}

absl::StatusOr<Tensor> ReadValue(const InputArgument& argument, const std::string& datatype) {
  const std::string& value = argument.value;
  if (const auto fill = ParseFill(value)) {
    return Fill(fill->kind, datatype.empty() ? "FP32" : datatype, fill->shape);
  }
  if (IsNpyName(value) && value.front() != '@') return FromNpy(ReadNpy(value), argument);
  if (value.front() != '@') return ParseJsonTensor(value, datatype);
  SCONCE_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(value.substr(1)));
  if (bytes.rfind("\x93NUMPY", 0) == 0) return FromNpy(ParseNpy(bytes), argument);
  return ParseJsonTensor(bytes, datatype);
}

}  // namespace

absl::StatusOr<InputArgument> ParseInputArgument(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == text.size()) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "'%s': expected NAME[:DATATYPE]=VALUE, such as x=[[5.1,3.5]] or x=rows.npy", text));
  }
  InputArgument argument{std::string(text.substr(0, equals)), "",
                         std::string(text.substr(equals + 1))};
  // A name may hold a colon itself: only a datatype behind the last one counts.
  const size_t colon = argument.name.rfind(':');
  if (colon != std::string::npos && IsDatatype(argument.name.substr(colon + 1))) {
    argument.datatype = argument.name.substr(colon + 1);
    argument.name.resize(colon);
  }
  return argument;
}

std::string CheckInputArgument(const std::string& text) {
  return std::string(ParseInputArgument(text).status().message());
}

absl::StatusOr<Tensor> ReadInput(const InputArgument& argument,
                                 const std::string& signature_datatype) {
  auto tensor =
      ReadValue(argument, argument.datatype.empty() ? signature_datatype : argument.datatype);
  if (!tensor.ok()) {
    return absl::Status(
        tensor.status().code(),
        absl::StrFormat("input %s: %s", argument.name, std::string(tensor.status().message())));
  }
  tensor->name = argument.name;
  return tensor;
}

absl::StatusOr<std::vector<Tensor>> ReadInputs(const std::vector<std::string>& texts,
                                               const Client& client, const InferRequest& request) {
  std::vector<InputArgument> arguments;
  bool needs_signature = false;
  for (const std::string& text : texts) {
    SCONCE_ASSIGN_OR_RETURN(InputArgument argument, ParseInputArgument(text));
    needs_signature = needs_signature || (argument.datatype.empty() && !IsNpyName(argument.value));
    arguments.push_back(std::move(argument));
  }
  v1::MethodSignature method;
  if (needs_signature) {
    SCONCE_ASSIGN_OR_RETURN(const v1::ModelVersion model,
                            client.GetModel(request.model, request.version));
    SCONCE_ASSIGN_OR_RETURN(method, FindMethod(model, request.method));
  }
  std::vector<Tensor> tensors;
  for (const InputArgument& argument : arguments) {
    SCONCE_ASSIGN_OR_RETURN(Tensor tensor,
                            ReadInput(argument, InputDatatype(method, argument.name)));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

}  // namespace sconce::cli
