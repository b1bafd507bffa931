#include "server/frontend/torchscript/module_state.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <c10/core/Storage.h>

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/frontend/torchscript/exception_text.h"

namespace sconce {
namespace {

using torch::jit::Module;

void AddState(const Module& module, const std::string& prefix, StateDict& state) {
  for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
    if (parameter.value.defined()) state.emplace_back(prefix + parameter.name, parameter.value);
  }
  for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
    if (buffer.value.defined()) state.emplace_back(prefix + buffer.name, buffer.value);
  }
  for (const auto& child : module.named_children()) {
    AddState(child.value, absl::StrFormat("%s%s.", prefix, child.name), state);
  }
}

std::string ShapeText(const at::Tensor& tensor) {
  return absl::StrFormat("[%s]", absl::StrJoin(tensor.sizes(), ","));
}

// Numbers of one kind convert into each other; a float does not silently become an integer.
bool Converts(at::ScalarType from, at::ScalarType to) {
  if (from == to) return true;
  const bool floats = at::isFloatingType(from) && at::isFloatingType(to);
  const bool integers = at::isIntegralType(from, false) && at::isIntegralType(to, false);
  return floats || integers;
}

struct Differences {
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::vector<std::string> misshaped;

  bool none() const { return missing.empty() && unexpected.empty() && misshaped.empty(); }

  std::string Text() const {
    std::vector<std::string> parts;
    const auto add = [&parts](std::string_view title, const std::vector<std::string>& keys) {
      if (keys.empty()) return;
      parts.push_back(
          absl::StrFormat("%s (%d): %s", title, keys.size(), absl::StrJoin(keys, ", ")));
    };
    add("missing keys", missing);
    add("unexpected keys", unexpected);
    add("keys of another shape or type", misshaped);
    return absl::StrJoin(parts, "; ");
  }
};

using TensorMap = std::unordered_map<std::string, at::Tensor>;

Differences Compare(const StateDict& weights, const StateDict& wanted) {
  const TensorMap given(weights.begin(), weights.end());
  Differences differences;
  for (const auto& [key, tensor] : wanted) {
    const auto found = given.find(key);
    if (found == given.end()) {
      differences.missing.push_back(key);
    } else if (found->second.sizes() != tensor.sizes()) {
      differences.misshaped.push_back(
          absl::StrFormat("%s is %s, not %s", key, ShapeText(found->second), ShapeText(tensor)));
    } else if (!Converts(found->second.scalar_type(), tensor.scalar_type())) {
      differences.misshaped.push_back(absl::StrFormat("%s is %s, not %s", key,
                                                      c10::toString(found->second.scalar_type()),
                                                      c10::toString(tensor.scalar_type())));
    }
  }
  const TensorMap known(wanted.begin(), wanted.end());
  for (const auto& [key, tensor] : weights) {
    if (known.count(key) == 0) differences.unexpected.push_back(key);
  }
  return differences;
}

}  // namespace

StateDict StateOf(const Module& module) {
  StateDict state;
  AddState(module, "", state);
  return state;
}

uint64_t StateBytes(const Module& module) {
  uint64_t bytes = 0;
  std::unordered_set<const void*> counted;
  for (const auto& [name, tensor] : StateOf(module)) {
    const bool plain = tensor.layout() == at::kStrided && tensor.has_storage();
    if (!plain) {
      bytes += static_cast<uint64_t>(tensor.numel()) * tensor.element_size();
    } else if (counted.insert(tensor.storage().unsafeGetStorageImpl()).second) {
      bytes += tensor.storage().nbytes();
    }
  }
  return bytes;
}

absl::Status CopyWeights(const StateDict& weights, const Module& module) {
  const StateDict wanted = StateOf(module);
  const Differences differences = Compare(weights, wanted);
  if (!differences.none()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the weights do not fit the skeleton: %s", differences.Text()));
  }
  const TensorMap given(weights.begin(), weights.end());
  try {
    const c10::AutoGradMode no_gradients(false);
    for (const auto& [key, tensor] : wanted) tensor.copy_(given.at(key));
  } catch (const std::exception& error) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the weights can't be copied into the skeleton: %s", ReasonOf(error)));
  }
  return absl::OkStatus();
}

}  // namespace sconce
