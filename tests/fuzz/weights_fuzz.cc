// Any bytes as the pickle of a checkpoint: looked through for weights, and for modules.

#include <cstddef>
#include <cstdint>
#include <string>

#include "server/formats/torch/module_tree.h"
#include "server/formats/torch/pickle_parts.h"
#include "server/formats/weights/weights_choice.h"

namespace {

using sconce::WeightsCandidate;

// A key that was given out leads back to weights.
void CheckCandidate(const sconce::PickleValue& root, const WeightsCandidate& candidate) {
  if (!candidate.key.empty() && sconce::FollowKeys(root, candidate.key) == nullptr) {
    __builtin_trap();
  }
  const auto tensors = sconce::TensorsOf(candidate);
  if (tensors.ok() && candidate.tensors > 0 && tensors->size() != candidate.tensors) {
    __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sconce::PickleLimits limits;
  limits.max_values = 1 << 16;
  limits.max_stack = 1 << 16;
  limits.max_memo = 1 << 16;
  const auto document =
      sconce::ReadPickle(std::string(reinterpret_cast<const char*>(data), size), limits);
  if (!document.ok()) return 0;
  for (const WeightsCandidate& candidate : sconce::FindWeights(document->root())) {
    CheckCandidate(document->root(), candidate);
  }
  (void)sconce::ChooseWeights(document->root(), "");
  (void)sconce::ChooseWeights(document->root(), "state.model.0");
  for (const sconce::PickleValue& value : document->values()) {
    if (!sconce::IsModule(value)) continue;
    const auto tree = sconce::ReadModuleTree(value);
    if (tree.ok()) sconce::StateOf(*tree);
  }
  return 0;
}
