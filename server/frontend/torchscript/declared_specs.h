// Lays what the operator declared (config.pbtxt) over what the model says.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_DECLARED_SPECS_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_DECLARED_SPECS_H_

#include <vector>

#include "absl/status/status.h"
#include "server/runtime/signature.h"

namespace sconce {

// By name; else by position, when the name is one (INPUT__0); else, as Triton does, the declared
// name takes the place of the model's at the same position. FAILED_PRECONDITION: more inputs
// declared than the method has, or two for one place.
absl::Status ApplyDeclaredInputs(const std::vector<TensorSpec>& declared, Signature& signature);

// By position: outputs are declared in the method's order. Not more than it has, where that is
// known.
absl::Status ApplyDeclaredOutputs(const std::vector<TensorSpec>& declared, Signature& signature);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_DECLARED_SPECS_H_
