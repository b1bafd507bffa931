// Between a TorchScript method's schema and the protocol's named tensors: the signature of a
// schema, arguments from inputs, outputs from a result. The only place that knows both sides.

#ifndef SCONCE_SERVER_RUNTIME_SCHEMA_H_
#define SCONCE_SERVER_RUNTIME_SCHEMA_H_

#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>
#include <c10/core/Device.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/runtime/signature.h"
#include "server/runtime/value.h"

namespace sconce {

// The signature that `schema` promises, `self` left out. Datatypes and shapes stay open; output
// names come from the return type where it fixes them (tensor, number, tuple, named tuple). An
// argument of a type that tensors can't express is left out, and always takes its default.
// FAILED_PRECONDITION: it has no default; the message names argument and type.
absl::StatusOr<Signature> SignatureOf(const std::string& method, const c10::FunctionSchema& schema);

// Arguments in the schema's order, `self` left out, tensors moved to `device`; defaults filled in.
// Inputs are taken by name, or all of them by position (INPUT__0 ...). `signature` is the schema's
// own; its names, datatypes and shapes may be the configuration's. INVALID_ARGUMENT as
// Executable::Bind.
absl::StatusOr<std::vector<c10::IValue>> BindArguments(const Signature& signature,
                                                       const c10::FunctionSchema& schema,
                                                       std::vector<NamedValue> inputs,
                                                       c10::Device device);

// The tensors, numbers and strings of `result`, flattened in order and named as design says, in CPU
// memory, dense. A number or string has the shape [1], a list of them is one tensor, None is left
// out. `declared` renames them by position where it names as many (None counts). No tensor is
// copied that need not be: OwnOutputs takes care of aliases. FAILED_PRECONDITION: an output that
// the protocol can't carry (complex, an object); the message names it.
absl::StatusOr<std::vector<NamedValue>> FlattenOutputs(const c10::IValue& result,
                                                       const std::vector<TensorSpec>& declared);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_SCHEMA_H_
