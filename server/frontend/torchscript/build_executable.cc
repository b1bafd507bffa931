#include "server/frontend/torchscript/build_executable.h"

#include <ATen/Parallel.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/torchscript/exception_text.h"
#include "server/frontend/torchscript/freeze.h"
#include "server/frontend/torchscript/module_state.h"
#include "server/frontend/torchscript/served_method.h"
#include "server/frontend/torchscript/torchscript_executable.h"
#include "server/frontend/torchscript/warm_up.h"
#include "server/runtime/device.h"
#include "server/runtime/schema.h"
#include "server/runtime/thread_budget.h"

namespace sconce {
namespace {

using torch::jit::Module;
using Parts = TorchScriptExecutable::Parts;

// The methods that requests can call. One that tensors can't express is left out with a note,
// unless it is forward.
absl::StatusOr<std::vector<std::string>> CallableMethods(const Module& module,
                                                         std::vector<std::string>& notes) {
  std::vector<std::string> callable;
  for (const std::string& name : ExportedMethods(module)) {
    const auto signature = SignatureOf(name, module.get_method(name).function().getSchema());
    if (signature.ok()) {
      callable.push_back(name);
    } else if (name == "forward") {
      return signature.status();
    } else {
      notes.push_back(
          absl::StrFormat("the method %s is not served: %s", name, signature.status().message()));
    }
  }
  if (callable.empty()) {
    return absl::FailedPreconditionError(
        "the module has no method that can be called: no forward, and no exported one");
  }
  return callable;
}

absl::Status AddMethods(const RunnableModule& runnable, const std::vector<std::string>& names,
                        const ModelSource& source, Parts& parts) {
  for (const std::string& name : names) {
    Signature advertised;
    SCONCE_ASSIGN_OR_RETURN(ServedMethod served,
                            MakeServedMethod(runnable, name, source, advertised));
    if (std::string note = NoteOnState(name, served); !note.empty()) {
      parts.notes.push_back(std::move(note));
    }
    parts.methods.push_back(std::move(served));
    parts.signatures.push_back(std::move(advertised));
  }
  return absl::OkStatus();
}

absl::StatusOr<Parts> MakeParts(RunnableModule runnable, const std::vector<std::string>& names,
                                const ModelSource& source, std::vector<std::string> notes) {
  Parts parts;
  parts.notes = std::move(notes);
  if (!runnable.unfrozen_because.empty()) {
    parts.notes.push_back(
        absl::StrFormat("runs unfrozen, which is slower: %s", runnable.unfrozen_because));
  }
  SCONCE_RETURN_IF_ERROR(AddMethods(runnable, names, source, parts));
  parts.module = std::move(runnable.module);
  parts.declared_outputs = source.declared_outputs;
  return parts;
}

// Frozen; and as it was, should freezing have torn apart what the model writes.
absl::StatusOr<Parts> MakeBestParts(const Module& module, const std::vector<std::string>& names,
                                    const ModelSource& source, c10::Device device,
                                    const std::vector<std::string>& notes) {
  SCONCE_ASSIGN_OR_RETURN(RunnableModule runnable, MakeRunnable(module, names, device));
  auto parts = MakeParts(std::move(runnable), names, source, notes);
  if (parts.ok()) return parts;
  auto unfrozen =
      MakeRunnableUnfrozen(module, names, device, std::string(parts.status().message()));
  if (!unfrozen.ok()) return parts;
  auto second = MakeParts(*std::move(unfrozen), names, source, notes);
  return second.ok() ? std::move(second) : std::move(parts);
}

uint64_t ConstantBytes(const torch::jit::Block& block) {
  uint64_t bytes = 0;
  for (const torch::jit::Node* node : block.nodes()) {
    for (const torch::jit::Block* inner : node->blocks()) bytes += ConstantBytes(*inner);
    if (node->kind() != torch::jit::prim::Constant || node->outputs().size() != 1) continue;
    const auto value = torch::jit::toIValue(node->output());
    if (value && value->isTensor() && value->toTensor().defined()) {
      bytes += value->toTensor().nbytes();
    }
  }
  return bytes;
}

// The weights of an archive that was frozen before it came here are constants of forward.
uint64_t ConstantBytes(const Parts& parts) {
  return ConstantBytes(
      *torch::jit::toGraphFunction(*parts.methods.front().function).graph()->block());
}

// Loading goes on beside serving: it takes one CPU, not all.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { UseIntraOpThreads(1); }
  ~OneThread() { UseIntraOpThreads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

absl::StatusOr<std::shared_ptr<Executable>> Build(const Module& module, const ModelSource& source) {
  SCONCE_ASSIGN_OR_RETURN(const c10::Device device, ResolveDevice(source.device));
  std::vector<std::string> notes;
  SCONCE_ASSIGN_OR_RETURN(const auto names, CallableMethods(module, notes));
  SCONCE_ASSIGN_OR_RETURN(Parts parts, MakeBestParts(module, names, source, device, notes));
  parts.device = device;
  parts.bytes = std::max(StateBytes(module), ConstantBytes(parts));
  auto executable = std::make_shared<TorchScriptExecutable>(std::move(parts));
  WarmUp(*executable);
  return executable;
}

}  // namespace

absl::StatusOr<std::shared_ptr<Executable>> BuildExecutable(const Module& module,
                                                            const ModelSource& source) {
  try {
    const OneThread one;
    return Build(module, source);
  } catch (const std::exception& error) {
    return absl::FailedPreconditionError(
        absl::StrFormat("the model can't be made ready: %s", ReasonOf(error)));
  }
}

}  // namespace sconce
