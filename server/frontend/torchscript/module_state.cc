#include "server/frontend/torchscript/module_state.h"

#include <c10/core/Storage.h>

#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/formats/libtorch/scalar_type.h"
#include "server/formats/libtorch/tensor_memory.h"

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

std::string ShapeText(c10::IntArrayRef shape) {
  return absl::StrFormat("[%s]", absl::StrJoin(shape, ","));
}

// Numbers of one kind convert into each other; a float does not silently become an integer.
bool Converts(at::ScalarType from, at::ScalarType to) {
  if (from == to) return true;
  const bool floats = at::isFloatingType(from) && at::isFloatingType(to);
  const bool integers = at::isIntegralType(from, false) && at::isIntegralType(to, false);
  return floats || integers;
}

// Why `given` can't become `wanted`; empty when it can.
std::string Unfitness(const StoredTensor& given, const at::Tensor& wanted) {
  if (wanted.sizes() != c10::IntArrayRef(given.shape)) {
    return absl::StrFormat("%s is %s, not %s", given.name, ShapeText(given.shape),
                           ShapeText(wanted.sizes()));
  }
  const auto type = ScalarTypeOf(*given.dtype);
  if (type && Converts(*type, wanted.scalar_type())) return "";
  const TorchDtype* dtype = DtypeOf(wanted.scalar_type());
  return absl::StrFormat("%s is %s, not %s", given.name, given.dtype->name,
                         dtype == nullptr ? "of the skeleton's type" : dtype->name);
}

struct Comparison {
  std::vector<std::pair<const StoredTensor*, at::Tensor>> pairs;
  Leftovers leftovers;
  std::vector<std::string> unfit;
};

Comparison Compare(const std::vector<StoredTensor>& weights, const StateDict& wanted) {
  std::unordered_map<std::string_view, const StoredTensor*> given;
  for (const StoredTensor& tensor : weights) given.emplace(tensor.name, &tensor);
  Comparison comparison;
  for (const auto& [key, tensor] : wanted) {
    const auto found = given.find(key);
    if (found == given.end()) {
      comparison.leftovers.missing.push_back(key);
    } else if (std::string reason = Unfitness(*found->second, tensor); !reason.empty()) {
      comparison.unfit.push_back(std::move(reason));
    } else {
      comparison.pairs.emplace_back(found->second, tensor);
    }
  }
  std::unordered_set<const void*> filled;
  for (const auto& [stored, tensor] : comparison.pairs) filled.insert(tensor.unsafeGetTensorImpl());
  auto& missing = comparison.leftovers.missing;
  for (const auto& [key, tensor] : wanted) {
    if (filled.count(tensor.unsafeGetTensorImpl()) == 0 || std::erase(missing, key) == 0) continue;
    comparison.leftovers.tied.push_back(key);
  }
  std::unordered_set<std::string_view> known;
  for (const auto& [key, tensor] : wanted) known.insert(key);
  for (const StoredTensor& tensor : weights) {
    if (known.count(tensor.name) == 0) comparison.leftovers.unexpected.push_back(tensor.name);
  }
  return comparison;
}

absl::Status Judge(const Comparison& comparison, const Strictness& strictness) {
  std::vector<std::string> parts;
  const auto add = [&parts](std::string_view title, const std::vector<std::string>& keys) {
    if (keys.empty()) return;
    parts.push_back(absl::StrFormat("%s (%d): %s", title, keys.size(), absl::StrJoin(keys, ", ")));
  };
  if (!strictness.allow_missing) add("missing keys", comparison.leftovers.missing);
  if (!strictness.allow_unexpected) add("unexpected keys", comparison.leftovers.unexpected);
  add("keys of another shape or type", comparison.unfit);
  // A model without weights needs none.
  const bool nothing =
      comparison.leftovers.missing.empty() && comparison.leftovers.unexpected.empty();
  if (parts.empty() && (nothing || !comparison.pairs.empty())) return absl::OkStatus();
  if (parts.empty()) parts.push_back("they have no key in common with it");
  return absl::FailedPreconditionError(
      absl::StrFormat("the weights do not fit the skeleton: %s", absl::StrJoin(parts, "; ")));
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

absl::StatusOr<Leftovers> ReadWeights(const std::vector<StoredTensor>& weights,
                                      const Strictness& strictness, const Module& module) {
  Comparison comparison = Compare(weights, StateOf(module));
  SCONCE_RETURN_IF_ERROR(Judge(comparison, strictness));
  TensorReader reader;
  for (const auto& [stored, tensor] : comparison.pairs) {
    const absl::Status read = reader.ReadInto(*stored, tensor);
    if (!read.ok()) {
      return absl::Status(read.code(), absl::StrFormat("\"%s\": %s", stored->name, read.message()));
    }
  }
  return std::move(comparison.leftovers);
}

}  // namespace sconce
