#include "server/frontend/torchscript/checked_division.h"

#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/frontend/resolver.h>
#include <torch/csrc/jit/ir/constants.h>

#include <memory>
#include <string>
#include <unordered_map>

namespace sconce {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

// Each stands for LibTorch's operator of its name on two ints. Of those, only floordiv raises for
// b == 0. gcd divides by what is left over, never by -1 once the signs are gone.
constexpr char kChecked[] = R"(
def floordiv(a: int, b: int) -> int:
  return -a if b == -1 else a // b

def remainder(a: int, b: int) -> int:
  return 0 if b == -1 else a - a // b * b

def divmod(a: int, b: int) -> Tuple[int, int]:
  return (-a, 0) if b == -1 else (a // b, a - a // b * b)

def gcd(a: int, b: int) -> int:
  return torch.gcd(abs(a), abs(b))
)";

using GraphsByOperator = std::unordered_map<std::string, std::shared_ptr<Graph>>;

// Compiled once; only read afterwards.
const GraphsByOperator& CheckedGraphs() {
  static const auto* const graphs = [] {
    torch::jit::CompilationUnit unit;
    unit.define(std::nullopt, kChecked, torch::jit::nativeResolver(), nullptr);
    auto* made = new GraphsByOperator();
    for (torch::jit::Function* function : unit.get_functions()) {
      made->emplace("aten::" + function->name(), torch::jit::toGraphFunction(*function).graph());
    }
    return made;
  }();
  return *graphs;
}

bool IsWhole(const Value* value) { return value->type()->kind() == c10::TypeKind::IntType; }

bool IsSafeDivisor(const Value* divisor) {
  const auto known = torch::jit::constant_as<int64_t>(divisor);
  return known && *known != 0 && *known != -1;
}

// nullptr: the node may stay.
Graph* ReplacementOf(const Node& node) {
  const auto found = CheckedGraphs().find(node.kind().toQualString());
  if (found == CheckedGraphs().end() || node.inputs().size() != 2) return nullptr;
  const bool is_whole = IsWhole(node.input(0)) && IsWhole(node.input(1));
  return is_whole && !IsSafeDivisor(node.input(1)) ? found->second.get() : nullptr;
}

void Replace(Graph& graph, Node& node, Graph& replacement) {
  const torch::jit::WithInsertPoint before(&node);
  Value* checked = torch::jit::insertGraph(graph, replacement, node.inputs()).front();
  if (node.outputs().size() == 1) {
    node.output()->replaceAllUsesWith(checked);
  } else {
    Node* parts = graph.insertNode(graph.createTupleUnpack(checked));
    for (size_t i = 0; i < node.outputs().size(); ++i) {
      node.output(i)->replaceAllUsesWith(parts->output(i));
    }
  }
  node.destroy();
}

void CheckBlock(Graph& graph, Block& block) {
  for (auto it = block.nodes().begin(); it != block.nodes().end();) {
    Node* node = *it++;
    for (Block* inner : node->blocks()) CheckBlock(graph, *inner);
    if (Graph* replacement = ReplacementOf(*node)) Replace(graph, *node, *replacement);
  }
}

}  // namespace

void CheckDivisions(Graph& graph) { CheckBlock(graph, *graph.block()); }

}  // namespace sconce
