#include "server/frontend/python_source/model/idle_loops.h"

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>

namespace sconce::python {
namespace {

using torch::jit::Node;

// What the body gives for a carried value is what it got, or nobody reads it.
bool IsKept(const Node& loop, size_t carried) {
  const torch::jit::Block& body = *loop.blocks()[0];
  return body.outputs()[carried + 1] == body.inputs()[carried + 1] ||
         !loop.outputs()[carried]->hasUses();
}

// Nothing comes of it but what it gives.
bool IsSilent(const Node& node) {
  if (node.kind() == torch::jit::prim::Constant) return true;
  const c10::FunctionSchema* schema = node.maybeSchema();
  return schema != nullptr && !schema->is_mutable() && !node.hasSideEffects() &&
         node.blocks().empty();
}

bool IsIdle(const Node& loop) {
  const torch::jit::Block& body = *loop.blocks()[0];
  const bool works = std::any_of(body.nodes().begin(), body.nodes().end(),
                                 [](const Node* node) { return !IsSilent(*node); });
  // While a condition holds: such a loop may never end.
  const auto goes_on = torch::jit::toIValue(body.outputs()[0]);
  if (works || !goes_on.has_value() || !goes_on->isBool() || !goes_on->toBool()) return false;
  for (size_t i = 0; i < loop.outputs().size(); ++i) {
    if (!IsKept(loop, i)) return false;
  }
  return true;
}

bool RemoveFrom(torch::jit::Block& block) {
  bool removed = false;
  for (auto it = block.nodes().rbegin(); it != block.nodes().rend();) {
    Node* node = *it;
    ++it;
    for (torch::jit::Block* inner : node->blocks()) removed |= RemoveFrom(*inner);
    if (node->kind() != torch::jit::prim::Loop || !IsIdle(*node)) continue;
    for (size_t i = 0; i < node->outputs().size(); ++i) {
      node->outputs()[i]->replaceAllUsesWith(node->inputs()[i + 2]);
    }
    node->destroy();
    removed = true;
  }
  return removed;
}

}  // namespace

bool RemoveIdleLoops(torch::jit::Graph& graph) { return RemoveFrom(*graph.block()); }

}  // namespace sconce::python
