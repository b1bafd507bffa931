#include "server/frontend/torchscript/warm_up.h"

#include <ATen/Functions.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/runtime/value.h"

namespace sconce {
namespace {

// Sizes to try for dimensions that the signature leaves open, besides the batch.
constexpr int64_t kTrialSizes[] = {32, 64, 224, 28, 8, 16};

bool IsTensorLike(const Argument& argument) { return argument.kind == ArgumentKind::kTensor; }

// Zeros for every input that is needed; nothing when the signature says too little.
std::optional<std::vector<NamedValue>> MakeZeros(const Signature& signature, int64_t batch,
                                                 int64_t size) {
  std::vector<NamedValue> inputs;
  for (const Argument& argument : signature.inputs) {
    if (argument.optional) continue;
    const auto type = ToScalarType(argument.spec.datatype);
    if (!IsTensorLike(argument) || !type || !argument.spec.shape) return std::nullopt;
    std::vector<int64_t> shape = *argument.spec.shape;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (shape[i] == kAnySize) shape[i] = i == 0 ? batch : size;
    }
    inputs.push_back({argument.spec.name, at::zeros(shape, *type)});
  }
  return inputs;
}

bool HasOpenSizes(const Signature& signature) {
  for (const Argument& argument : signature.inputs) {
    if (argument.optional || !argument.spec.shape) continue;
    for (size_t i = 1; i < argument.spec.shape->size(); ++i) {
      if ((*argument.spec.shape)[i] == kAnySize) return true;
    }
  }
  return false;
}

absl::StatusOr<std::vector<TensorSpec>> RunOnce(const Executable& executable,
                                                const Signature& signature, int64_t batch,
                                                int64_t size) {
  auto zeros = MakeZeros(signature, batch, size);
  SCONCE_ASSIGN_OR_RETURN(auto call, executable.Bind(signature.method, *std::move(zeros)));
  SCONCE_ASSIGN_OR_RETURN(const auto outputs, executable.Run(std::move(call)));
  std::vector<TensorSpec> specs;
  for (const NamedValue& output : outputs) {
    specs.push_back({output.name, DatatypeOf(output.value), ShapeOf(output.value)});
  }
  return specs;
}

// Opens what differs. False when the two are not outputs of the same names.
bool Merge(const std::vector<TensorSpec>& other, std::vector<TensorSpec>& specs) {
  if (other.size() != specs.size()) return false;
  for (size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].name != other[i].name) return false;
    if (specs[i].datatype != other[i].datatype) specs[i].datatype = Datatype::kUnknown;
    if (!specs[i].shape || specs[i].shape->size() != other[i].shape->size()) {
      specs[i].shape.reset();
      continue;
    }
    for (size_t d = 0; d < specs[i].shape->size(); ++d) {
      if ((*specs[i].shape)[d] != (*other[i].shape)[d]) (*specs[i].shape)[d] = kAnySize;
    }
  }
  return true;
}

// The operator's word counts more than what zeros show.
void LayDeclaredOver(const std::vector<TensorSpec>& declared, std::vector<TensorSpec>& specs) {
  if (declared.size() > specs.size()) return;
  for (size_t i = 0; i < declared.size(); ++i) {
    if (specs[i].name != declared[i].name) continue;
    if (declared[i].datatype != Datatype::kUnknown) specs[i].datatype = declared[i].datatype;
    if (declared[i].shape) specs[i].shape = declared[i].shape;
  }
}

absl::StatusOr<std::vector<TensorSpec>> LearnOutputs(const Executable& executable,
                                                     const Signature& signature) {
  absl::StatusOr<std::vector<TensorSpec>> learned = absl::UnknownError("");
  for (const int64_t size : kTrialSizes) {
    auto specs = RunOnce(executable, signature, 1, size);
    if (!specs.ok()) {
      if (!learned.ok()) learned = specs.status();
    } else if (learned.ok()) {
      // A second size that works shows which dimensions follow it.
      if (!Merge(*specs, *learned)) learned = absl::InternalError("its outputs vary in number");
      break;
    } else {
      learned = std::move(specs);
      const auto pair = RunOnce(executable, signature, 2, size);
      if (pair.ok() && !Merge(*pair, *learned)) {
        return absl::InternalError("its outputs vary in number");
      }
    }
    if (!HasOpenSizes(signature)) break;
  }
  return learned;
}

}  // namespace

void WarmUp(TorchScriptExecutable& executable) {
  for (size_t i = 0; i < executable.signatures().size(); ++i) {
    const Signature signature = executable.signatures()[i];
    if (!MakeZeros(signature, 1, 1)) continue;
    auto outputs = LearnOutputs(executable, signature);
    if (!outputs.ok()) {
      executable.AddNote(absl::StrFormat("the warm-up of %s on zeros failed: %s", signature.method,
                                         outputs.status().message()));
      continue;
    }
    LayDeclaredOver(signature.outputs, *outputs);
    executable.SetOutputs(i, *std::move(outputs));
  }
}

}  // namespace sconce
