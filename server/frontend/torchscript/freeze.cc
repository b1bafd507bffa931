#include "server/frontend/torchscript/freeze.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/frozen_graph_optimizations.h>
#include <torch/csrc/jit/passes/inline_fork_wait.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/serialization/import.h>

#include <sstream>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/frontend/torchscript/checked_division.h"
#include "server/frontend/torchscript/exception_text.h"

namespace sconce {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;

std::shared_ptr<Graph> GraphOf(const Module& module, const std::string& method) {
  return torch::jit::toGraphFunction(module.get_method(method).function()).graph();
}

// A trace made on a GPU has its device written into the code ("cuda:0" in torch.zeros).
void MoveDeviceConstants(Block& block, c10::Device device) {
  for (Node* node : block.nodes()) {
    for (Block* inner : node->blocks()) MoveDeviceConstants(*inner, device);
    const bool constant = node->kind() == torch::jit::prim::Constant && node->outputs().size() == 1;
    if (!constant || node->output()->type()->kind() != c10::TypeKind::DeviceObjType) continue;
    const c10::Device named(node->s(torch::jit::attr::value));
    if (named.is_cuda() && named != device) {
      node->s_(torch::jit::attr::value, device.str());
    }
  }
}

// Calls become part of the method, and forked tasks too: freezing and alias analysis do not see
// into them, and they would run on threads that nobody has budgeted for. Freezing works out what is
// constant, so divisions are checked before.
void PrepareGraphs(const Module& module, const std::vector<std::string>& methods) {
  for (const std::string& method : methods) {
    const auto graph = GraphOf(module, method);
    torch::jit::Inline(*graph);
    torch::jit::InlineForkWait(graph);
    torch::jit::Inline(*graph);
    CheckDivisions(*graph);
  }
}

void MoveDeviceConstants(const Module& module, const std::vector<std::string>& methods,
                         c10::Device device) {
  for (const std::string& method : methods) {
    MoveDeviceConstants(*GraphOf(module, method)->block(), device);
  }
}

// Its own copy of the code; on the CPU the tensors are shared. For another device the module goes
// through its archive: Module::to would leave constants and lists of tensors behind and tear shared
// storages apart.
Module CopyTo(const Module& module, c10::Device device) {
  if (device.is_cpu()) return module.clone(/*inplace=*/true);
  std::stringstream archive;
  module.save(archive);
  return torch::jit::load(archive, device);
}

Module Freeze(const Module& module, const std::vector<std::string>& methods, c10::Device device) {
  Module copy = CopyTo(module, device);
  copy.eval();
  PrepareGraphs(copy, methods);
  Module frozen = torch::jit::freeze_module(copy, methods);
  for (const std::string& method : methods) {
    auto graph = GraphOf(frozen, method);
    torch::jit::OptimizeFrozenGraph(graph);
  }
  return frozen;
}

absl::Status PrepareFailed(const std::exception& error, c10::Device device) {
  return absl::FailedPreconditionError(
      absl::StrFormat("the model can't be made ready on %s: %s", device.str(), ReasonOf(error)));
}

}  // namespace

absl::StatusOr<RunnableModule> MakeRunnableUnfrozen(const Module& module,
                                                    const std::vector<std::string>& methods,
                                                    c10::Device device, std::string because) {
  try {
    RunnableModule runnable{CopyTo(module, device), std::move(because)};
    runnable.module.eval();
    PrepareGraphs(runnable.module, methods);
    MoveDeviceConstants(runnable.module, methods, device);
    return runnable;
  } catch (const std::exception& error) {
    return PrepareFailed(error, device);
  }
}

absl::StatusOr<RunnableModule> MakeRunnable(const Module& module,
                                            const std::vector<std::string>& methods,
                                            c10::Device device) {
  try {
    RunnableModule runnable{Freeze(module, methods, device), ""};
    MoveDeviceConstants(runnable.module, methods, device);
    return runnable;
  } catch (const std::exception& error) {
    return MakeRunnableUnfrozen(module, methods, device, ReasonOf(error));
  }
}

}  // namespace sconce
