// An optimizer's state as torch.optim loads it, from JSON that says as much as its writer knew.
// Format: torch/optim/optimizer.py (state_dict, load_state_dict).

#ifndef SCONCE_SERVER_FORMATS_CHECKPOINT_OPTIMIZER_STATE_H_
#define SCONCE_SERVER_FORMATS_CHECKPOINT_OPTIMIZER_STATE_H_

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/checkpoint/tensor_pickler.h"
#include "server/formats/pickle/pickle_builder.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

// {"state": ..., "param_groups": [...]}, or the hyper-parameters of one group. What SGD, Adam and
// RMSprop need in a group and it lacks is set to PyTorch's default; lists of numbers in the state
// become float32 tensors. INVALID_ARGUMENT: neither of the two.
absl::StatusOr<const PickleValue*> PickleOptimizerState(const nlohmann::json& json,
                                                        const std::vector<StoredTensor>& tensors,
                                                        PickleBuilder& builder,
                                                        TensorPickler& pickler);

// How many parameters an optimizer of a module with these tensors has: those that require a
// gradient, or, when none says so, the floating-point ones but for the statistics of
// normalisations. What two names share counts once, as in module.parameters().
size_t CountParameters(const std::vector<StoredTensor>& tensors);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_CHECKPOINT_OPTIMIZER_STATE_H_
