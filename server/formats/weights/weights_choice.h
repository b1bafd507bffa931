// Where in the object of a torch.save file the weights are.

#ifndef SCONCE_SERVER_FORMATS_WEIGHTS_WEIGHTS_CHOICE_H_
#define SCONCE_SERVER_FORMATS_WEIGHTS_WEIGHTS_CHOICE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"

namespace sconce {

// Something in the file that could be the weights: a dict of names to tensors, or a pickled module.
struct WeightsCandidate {
  std::string key;  // as --weights-key takes it; empty: the whole file
  const PickleValue* value = nullptr;
  size_t tensors = 0;  // 0: not counted, of the 21st and later
  // "model.": only the entries whose names begin so are meant. Empty: all.
  std::string prefix = {};
};

// A dict whose keys are texts and whose values are tensors, at least one; what modules put there
// beside them ("_extra_state") may be anything.
bool IsWeightsDict(const PickleValue& value);

// The candidates of `root` in the file's order. When `root` is one itself, only that. Else those in
// its top level, and in the dicts, objects and lists there; optimizers' and schedulers' state is
// none.
std::vector<WeightsCandidate> FindWeights(const PickleValue& root);

// With a key: the value there; or, where that leads to no value, the part of a dict's entries that
// it leads to: "state_dict.model" (or "model", where state_dict would be chosen) is those that
// begin with "model.". Without, in this order:
//   1. the only candidate, whatever it is called;
//   2. the only one that is not named as something training keeps beside the model (metrics, rng);
//   3. of those, the only one that is not named as an average over the training (ema, swa,
//   teacher).
// FAILED_PRECONDITION: none, or still several; the message lists them. NOT_FOUND: no such key; the
// message lists those there are.
absl::StatusOr<WeightsCandidate> ChooseWeights(const PickleValue& root, const std::string& key);

// The tensors of a candidate by name, without its prefix. INVALID_ARGUMENT: a name occurs twice, or
// a malformed module.
absl::StatusOr<std::vector<std::pair<std::string, const PickleValue*>>> TensorsOf(
    const WeightsCandidate& candidate);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_WEIGHTS_WEIGHTS_CHOICE_H_
