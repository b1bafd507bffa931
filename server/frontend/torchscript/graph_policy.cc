#include "server/frontend/torchscript/graph_policy.h"

#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <string>
#include <unordered_map>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/torchscript/operator_policy.h"

namespace sconce {
namespace {

using torch::jit::Block;
using torch::jit::Function;
using torch::jit::Graph;
using torch::jit::Node;

// Inlining repeats a function's graph at every call: twenty functions that call each other twice
// make a million copies of the innermost.
constexpr uint64_t kMaxInlinedNodes = 20'000'000;

std::string PlaceOf(const Node& node) {
  const auto place = node.sourceRange().file_line_col();
  if (!place) return "";
  return absl::StrFormat(" (%s:%d)", std::get<0>(*place), std::get<1>(*place));
}

absl::Status JudgeNode(const Function& function, const Node& node) {
  const std::string space = node.kind().ns().toUnqualString();
  const auto refusal = RefusalOfOperator(space, node.kind().toUnqualString());
  if (!refusal) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s%s: the model calls %s, which is not allowed: %s", function.qualname().name(),
      PlaceOf(node), node.kind().toQualString(), *refusal));
}

absl::Status JudgeBlock(const Function& function, const Block& block) {
  for (const Node* node : block.nodes()) {
    SCONCE_RETURN_IF_ERROR(JudgeNode(function, *node));
    for (const Block* inner : node->blocks()) {
      SCONCE_RETURN_IF_ERROR(JudgeBlock(function, *inner));
    }
    if (node->hasAttribute(torch::jit::attr::Subgraph)) {
      SCONCE_RETURN_IF_ERROR(JudgeBlock(function, *node->g(torch::jit::attr::Subgraph)->block()));
    }
  }
  return absl::OkStatus();
}

// Nodes of a function once everything that it calls is inlined. TorchScript refuses recursion, so
// this ends.
class InlinedSize {
 public:
  uint64_t Of(Function& function) {
    if (!function.isGraphFunction()) return 1;
    const auto known = sizes_.find(&function);
    if (known != sizes_.end()) return known->second;
    sizes_[&function] = 1;  // should there be recursion after all
    const uint64_t size = Of(*torch::jit::toGraphFunction(function).graph()->block());
    return sizes_[&function] = std::min(size, kMaxInlinedNodes + 1);
  }

 private:
  uint64_t Of(const Block& block) {
    uint64_t size = 0;
    for (const Node* node : block.nodes()) {
      size += 1 + OfCall(*node);
      for (const Block* inner : node->blocks()) size += Of(*inner);
      if (size > kMaxInlinedNodes) return size;
    }
    return size;
  }

  uint64_t OfCall(const Node& node) {
    if (node.kind() == torch::jit::prim::CallFunction) {
      const auto type = node.input(0)->type()->cast<c10::FunctionType>();
      return type ? Of(*type->function()) : 0;
    }
    if (node.kind() == torch::jit::prim::CallMethod) {
      const auto type = node.input(0)->type()->cast<c10::ClassType>();
      Function* method = type ? type->findMethod(node.s(torch::jit::attr::name)) : nullptr;
      return method != nullptr ? Of(*method) : 0;
    }
    return 0;
  }

  std::unordered_map<const Function*, uint64_t> sizes_;
};

absl::Status JudgeFunction(Function& function, InlinedSize& sizes) {
  if (!function.isGraphFunction()) return absl::OkStatus();
  SCONCE_RETURN_IF_ERROR(
      JudgeBlock(function, *torch::jit::toGraphFunction(function).graph()->block()));
  if (sizes.Of(function) <= kMaxInlinedNodes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("%s: its calls multiply into more than %d operations: refused",
                      function.qualname().qualifiedName(), kMaxInlinedNodes));
}

}  // namespace

absl::Status JudgeGraphs(const torch::jit::Module& module) {
  InlinedSize sizes;
  // Each load has a compilation unit of its own, which holds the methods of all its classes.
  for (Function* function : module._ivalue()->compilation_unit()->get_functions()) {
    if (function != nullptr) SCONCE_RETURN_IF_ERROR(JudgeFunction(*function, sizes));
  }
  return absl::OkStatus();
}

}  // namespace sconce
