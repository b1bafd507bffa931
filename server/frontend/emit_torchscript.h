// What a model is made into, for people to read.

#ifndef SCONCE_SERVER_FRONTEND_EMIT_TORCHSCRIPT_H_
#define SCONCE_SERVER_FRONTEND_EMIT_TORCHSCRIPT_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/frontend/load_model.h"

namespace sconce {

// The TorchScript text of the model and of the classes it uses, as it is before freezing. Statuses
// as LoadModel.
absl::StatusOr<std::string> EmitTorchScript(const ModelSource& source);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_EMIT_TORCHSCRIPT_H_
