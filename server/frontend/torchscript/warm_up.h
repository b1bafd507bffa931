// The first runs, at load time: they warm the model up and show what its outputs are like.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_WARM_UP_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_WARM_UP_H_

#include "server/frontend/torchscript/torchscript_executable.h"

namespace sconce {

// Runs each method on zeros where its signature says enough of its inputs, and fills in the
// outputs: names, datatypes, and shapes with kAnySize where they change with the batch. A failure
// is a note, never an error: zeros may be no legal input.
void WarmUp(TorchScriptExecutable& executable);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_WARM_UP_H_
