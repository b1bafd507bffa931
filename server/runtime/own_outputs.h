// The last step of a run: outputs that nobody else can see or change.

#ifndef SCONCE_SERVER_RUNTIME_OWN_OUTPUTS_H_
#define SCONCE_SERVER_RUNTIME_OWN_OUTPUTS_H_

#include <vector>

#include "absl/status/status.h"
#include "server/runtime/value.h"

namespace sconce {

// Copies each tensor that shares memory with something else: an input, a parameter, a constant,
// another output, memory that LibTorch does not own. Also one that is a small part of a large
// storage, which would stay in memory as long as it. The rest stays where it is.
//
// Sharing is told by reference counts, so call it after the arguments and the result that the
// outputs come from are gone; what still lives then makes copies, never mistakes.
// RESOURCE_EXHAUSTED: no memory for a copy.
absl::Status OwnOutputs(std::vector<NamedValue>& outputs);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_OWN_OUTPUTS_H_
