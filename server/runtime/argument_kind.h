// Which TorchScript types can be expressed as tensors of a request, and how.

#ifndef SCONCE_SERVER_RUNTIME_ARGUMENT_KIND_H_
#define SCONCE_SERVER_RUNTIME_ARGUMENT_KIND_H_

#include <ATen/core/function_schema.h>
#include <ATen/core/jit_type.h>

#include <optional>
#include <vector>

#include "server/runtime/signature.h"

namespace sconce {

// The type itself, or T of Optional[T].
c10::TypePtr WithoutOptional(const c10::TypePtr& type);

// Optional[T] is of T's kind. Nothing: no tensor of a request can express it. `Scalar` (any number)
// is kFloat; it keeps whole numbers whole when it is bound.
std::optional<ArgumentKind> KindOf(const c10::TypePtr& type);

// May be left out of a request: it has a default or is Optional.
bool CanBeLeftOut(const c10::Argument& argument);

// The arguments without `self`, in order.
std::vector<const c10::Argument*> OwnArguments(const c10::FunctionSchema& schema);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_ARGUMENT_KIND_H_
