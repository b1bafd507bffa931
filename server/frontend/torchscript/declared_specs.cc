#include "server/frontend/torchscript/declared_specs.h"

#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

std::optional<size_t> IndexByName(const Signature& signature, const std::string& name) {
  for (size_t i = 0; i < signature.inputs.size(); ++i) {
    if (signature.inputs[i].spec.name == name) return i;
  }
  return std::nullopt;
}

// The 3 of NAME__3.
std::optional<size_t> PositionIn(const std::string& name) {
  const size_t at = name.rfind("__");
  if (at == std::string::npos || at + 2 >= name.size()) return std::nullopt;
  int64_t position = 0;
  if (!absl::SimpleAtoi(name.substr(at + 2), &position) || position < 0) return std::nullopt;
  return static_cast<size_t>(position);
}

void LayOver(const TensorSpec& declared, TensorSpec& spec) {
  if (declared.datatype != Datatype::kUnknown) spec.datatype = declared.datatype;
  if (declared.shape) spec.shape = declared.shape;
}

}  // namespace

absl::Status ApplyDeclaredInputs(const std::vector<TensorSpec>& declared, Signature& signature) {
  const Signature original = signature;
  std::vector<bool> taken(signature.inputs.size(), false);
  for (size_t i = 0; i < declared.size(); ++i) {
    const std::string& name = declared[i].name;
    const auto by_name = IndexByName(original, name);
    const auto by_position = PositionIn(name);
    const size_t index = by_name ? *by_name : by_position.value_or(i);
    if (index >= signature.inputs.size()) {
      return absl::FailedPreconditionError(
          absl::StrFormat("the declared input %s has no place in %s", name, ToString(original)));
    }
    if (taken[index]) {
      return absl::FailedPreconditionError(
          absl::StrFormat("two declared inputs mean input %d of %s; the second is %s", index,
                          ToString(original), name));
    }
    taken[index] = true;
    LayOver(declared[i], signature.inputs[index].spec);
    if (!by_name && !by_position) signature.inputs[index].spec.name = name;
  }
  return absl::OkStatus();
}

absl::Status ApplyDeclaredOutputs(const std::vector<TensorSpec>& declared, Signature& signature) {
  if (declared.empty()) return absl::OkStatus();
  if (signature.outputs.empty()) {
    signature.outputs = declared;
    return absl::OkStatus();
  }
  if (declared.size() > signature.outputs.size()) {
    return absl::FailedPreconditionError(
        absl::StrFormat("%d outputs are declared (the last is %s), but %s has %d", declared.size(),
                        declared.back().name, signature.method, signature.outputs.size()));
  }
  for (size_t i = 0; i < declared.size(); ++i) {
    LayOver(declared[i], signature.outputs[i]);
    signature.outputs[i].name = declared[i].name;
  }
  return absl::OkStatus();
}

}  // namespace sconce
