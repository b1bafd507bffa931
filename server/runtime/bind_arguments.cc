// BindArguments: from the named tensors of a request to the arguments of a method.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/runtime/argument_kind.h"
#include "server/runtime/argument_values.h"
#include "server/runtime/input_addresses.h"
#include "server/runtime/schema.h"
#include "server/runtime/torch_call.h"

namespace sconce {
namespace {

using Arguments = std::vector<c10::IValue>;

// A request that doesn't fit is answered with what would.
absl::Status QuoteSignature(const absl::Status& status, const Signature& signature) {
  if (status.code() != absl::StatusCode::kInvalidArgument) return status;
  return absl::InvalidArgumentError(
      absl::StrFormat("%s; the signature is %s", status.message(), ToString(signature)));
}

// The value of an argument that the request leaves out.
absl::StatusOr<c10::IValue> DefaultOf(const c10::Argument& argument) {
  if (!argument.default_value()) return c10::IValue();
  const c10::IValue& value = *argument.default_value();
  if (!value.isList() && !value.isGenericDict()) return value;
  // The method may change it, and the next request must not see that.
  return CallTorch([&] { return value.deepcopy(); });
}

std::vector<std::vector<GivenInput>> GroupByArgument(const std::vector<InputAddress>& addresses,
                                                     std::vector<NamedValue>& inputs,
                                                     size_t arguments) {
  std::vector<std::vector<GivenInput>> groups(arguments);
  for (size_t i = 0; i < inputs.size(); ++i) {
    groups[addresses[i].argument].push_back({&inputs[i], addresses[i].element});
  }
  return groups;
}

absl::StatusOr<c10::IValue> BindOne(const Argument& argument, const c10::Argument& schema,
                                    std::vector<GivenInput> given, c10::Device device) {
  if (!given.empty()) return MakeArgument(argument, schema.type(), std::move(given), device);
  if (argument.optional) return DefaultOf(schema);
  return absl::InvalidArgumentError(absl::StrFormat("missing input %s%s", argument.spec.name,
                                                    HasElements(argument.kind) ? ".*" : ""));
}

absl::StatusOr<Arguments> BindAll(const Signature& signature, const c10::FunctionSchema& schema,
                                  std::vector<NamedValue>& inputs, c10::Device device) {
  SCONCE_ASSIGN_OR_RETURN(const auto addresses, AddressInputs(signature, inputs));
  auto groups = GroupByArgument(addresses, inputs, signature.inputs.size());
  Arguments arguments;
  size_t next = 0;
  for (const c10::Argument* argument : OwnArguments(schema)) {
    if (!KindOf(argument->type())) {
      // SignatureOf left it out, since only its default is possible.
      SCONCE_ASSIGN_OR_RETURN(arguments.emplace_back(), DefaultOf(*argument));
      continue;
    }
    if (next == signature.inputs.size()) break;
    SCONCE_ASSIGN_OR_RETURN(arguments.emplace_back(), BindOne(signature.inputs[next], *argument,
                                                              std::move(groups[next]), device));
    ++next;
  }
  if (arguments.size() == OwnArguments(schema).size() && next == signature.inputs.size()) {
    return arguments;
  }
  return absl::InternalError(absl::StrFormat("the signature %s is not of the schema %s",
                                             ToString(signature), schema.name()));
}

}  // namespace

absl::StatusOr<std::vector<c10::IValue>> BindArguments(const Signature& signature,
                                                       const c10::FunctionSchema& schema,
                                                       std::vector<NamedValue> inputs,
                                                       c10::Device device) {
  auto arguments = BindAll(signature, schema, inputs, device);
  if (!arguments.ok()) return QuoteSignature(arguments.status(), signature);
  return arguments;
}

}  // namespace sconce
