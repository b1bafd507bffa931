#include "server/frontend/torchscript/torchscript_executable.h"

#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/jit/api/function_impl.h>

#include <algorithm>
#include <new>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/frontend/torchscript/deep_copy.h"
#include "server/frontend/torchscript/exception_text.h"
#include "server/runtime/own_outputs.h"
#include "server/runtime/schema.h"

namespace sconce {
namespace {

struct TorchScriptInvocation : Invocation {
  TorchScriptInvocation(size_t method_index, std::vector<c10::IValue> values)
      : method(method_index), arguments(std::move(values)) {}
  size_t method;
  std::vector<c10::IValue> arguments;
};

absl::Status CheckShapes(const ServedMethod& method, const Signature& advertised,
                         const std::vector<c10::IValue>& arguments) {
  // Arguments that the signature leaves out have no hint and no input of their own; where there are
  // such, positions do not match.
  if (arguments.size() != method.hints.size()) return absl::OkStatus();
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].isTensor() || !arguments[i].toTensor().defined()) continue;
    const absl::Status status = CheckShape(advertised.inputs[i].spec.name,
                                           arguments[i].toTensor().sizes().vec(), method.hints[i]);
    if (status.ok()) continue;
    return absl::InvalidArgumentError(
        absl::StrFormat("%s; the signature is %s", status.message(), ToString(advertised)));
  }
  return absl::OkStatus();
}

absl::Status RunFailed(const std::string& method, const std::exception& error) {
  const std::string text = absl::StrFormat("%s failed: %s", method, ReasonOf(error));
  const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
                      dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
  return memory ? absl::ResourceExhaustedError(text) : absl::InternalError(text);
}

// Runs the method on fresh state. Whatever may be written is a copy; the rest is shared.
c10::IValue Execute(const ServedMethod& method, std::vector<c10::IValue> arguments) {
  DeepCopy copies;
  torch::jit::Stack stack;
  stack.reserve(arguments.size() + 1);
  stack.push_back(method.state.Self());
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool written = i < method.written.arguments.size() && method.written.arguments[i];
    // A forward may write its input, and a batch that fails is run again from the same bytes.
    stack.push_back(written ? copies.Copy(arguments[i]) : std::move(arguments[i]));
  }
  method.function->run(stack);
  return std::move(stack.back());
}

}  // namespace

void TorchScriptExecutable::SetOutputs(size_t method, std::vector<TensorSpec> outputs) {
  parts_.signatures[method].outputs = std::move(outputs);
}

bool TorchScriptExecutable::stateful() const {
  return std::any_of(parts_.methods.begin(), parts_.methods.end(),
                     [](const ServedMethod& method) { return method.written.any(); });
}

absl::StatusOr<size_t> TorchScriptExecutable::FindMethod(std::string_view name) const {
  if (name.empty()) name = "forward";
  std::vector<std::string> names;
  for (size_t i = 0; i < parts_.signatures.size(); ++i) {
    if (parts_.signatures[i].method == name) return i;
    names.push_back(parts_.signatures[i].method);
  }
  return absl::NotFoundError(
      absl::StrFormat("the model has no method %s; it has %s", name, absl::StrJoin(names, ", ")));
}

absl::StatusOr<std::unique_ptr<Invocation>> TorchScriptExecutable::Bind(
    std::string_view method, std::vector<NamedValue> inputs) const {
  SCONCE_ASSIGN_OR_RETURN(const size_t index, FindMethod(method));
  const ServedMethod& served = parts_.methods[index];
  SCONCE_ASSIGN_OR_RETURN(auto arguments, BindArguments(served.bound, served.function->getSchema(),
                                                        std::move(inputs), parts_.device));
  SCONCE_RETURN_IF_ERROR(CheckShapes(served, parts_.signatures[index], arguments));
  return std::make_unique<TorchScriptInvocation>(index, std::move(arguments));
}

absl::StatusOr<std::vector<NamedValue>> TorchScriptExecutable::Call(
    size_t method, std::vector<c10::IValue> arguments) const {
  const std::string& name = parts_.signatures[method].method;
  try {
    const c10::InferenceMode guard;
    const c10::IValue result = Execute(parts_.methods[method], std::move(arguments));
    const bool declared = name == "forward";
    return FlattenOutputs(result, declared ? parts_.declared_outputs : std::vector<TensorSpec>());
  } catch (const std::exception& error) {
    return RunFailed(name, error);
  }
}

absl::StatusOr<std::vector<NamedValue>> TorchScriptExecutable::Run(
    std::unique_ptr<Invocation> invocation) const {
  auto* const bound = static_cast<TorchScriptInvocation*>(invocation.get());
  SCONCE_ASSIGN_OR_RETURN(auto outputs, Call(bound->method, std::move(bound->arguments)));
  // Arguments, state and result are gone: what is still shared now is shared with the model.
  invocation.reset();
  const c10::InferenceMode guard;
  SCONCE_RETURN_IF_ERROR(OwnOutputs(outputs));
  return outputs;
}

}  // namespace sconce
