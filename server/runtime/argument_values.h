// From the tensors of a request to the value of one argument.

#ifndef SCONCE_SERVER_RUNTIME_ARGUMENT_VALUES_H_
#define SCONCE_SERVER_RUNTIME_ARGUMENT_VALUES_H_

#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <c10/core/Device.h>

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/runtime/signature.h"
#include "server/runtime/value.h"

namespace sconce {

// An input that belongs to the argument; `element` as in InputAddress.
struct GivenInput {
  NamedValue* input = nullptr;
  std::string_view element;
};

// The argument's value. `given` has one entry at least and is used up; `type` is the schema's.
// INVALID_ARGUMENT: it doesn't fit; the message names the input, the caller quotes the signature.
absl::StatusOr<c10::IValue> MakeArgument(const Argument& argument, const c10::TypePtr& type,
                                         std::vector<GivenInput> given, c10::Device device);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_ARGUMENT_VALUES_H_
