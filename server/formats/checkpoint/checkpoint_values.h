// The values that a caller wants in a checkpoint, from JSON.

#ifndef SCONCE_SERVER_FORMATS_CHECKPOINT_CHECKPOINT_VALUES_H_
#define SCONCE_SERVER_FORMATS_CHECKPOINT_CHECKPOINT_VALUES_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/checkpoint/tensor_pickler.h"
#include "server/formats/pickle/pickle_builder.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

using CheckpointValues = std::vector<std::pair<std::string, const PickleValue*>>;

// The keys of the object by name; of an empty text, none. Integers stay integers (beyond 64 bits
// they are numbers). "optimizer_state_dict" becomes what torch.optim loads, see WriteOptions; its
// parameters are those among `tensors`. INVALID_ARGUMENT: no JSON object, or no optimizer's state.
absl::StatusOr<CheckpointValues> ReadCheckpointValues(const std::string& json,
                                                      const std::vector<StoredTensor>& tensors,
                                                      PickleBuilder& builder,
                                                      TensorPickler& pickler);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_CHECKPOINT_CHECKPOINT_VALUES_H_
