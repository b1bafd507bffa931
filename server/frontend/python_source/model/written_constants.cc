#include "server/frontend/python_source/model/written_constants.h"

#include <unordered_set>
#include <vector>

namespace sconce::python {
namespace {

using torch::jit::Node;
using torch::jit::Use;
using GraphValue = torch::jit::Value;

// Follows a value to whatever shares its memory, as operators declare it.
class WriteSearch {
 public:
  bool MayBeWritten(GraphValue* value) {
    Add(value);
    while (!left_.empty()) {
      GraphValue* next = left_.back();
      left_.pop_back();
      for (const Use& use : next->uses()) {
        if (Writes(use)) return true;
        Follow(use);
      }
    }
    return false;
  }

 private:
  static const c10::AliasInfo* AliasOf(const Use& use) {
    const auto* schema = use.user->maybeSchema();
    if (schema == nullptr || use.offset >= schema->arguments().size()) return nullptr;
    return schema->arguments()[use.offset].alias_info();
  }

  static bool Writes(const Use& use) {
    const c10::AliasInfo* alias = AliasOf(use);
    return alias != nullptr && alias->isWrite();
  }

  void Follow(const Use& use) {
    Node* node = use.user;
    const bool is_operator = node->maybeSchema() != nullptr && node->blocks().empty();
    if (is_operator && AliasOf(use) == nullptr) return;
    // What leaves a block is a result of its If or Loop, or what the next turn of that begins with.
    if (node->kind() == torch::jit::prim::Return) node = node->owningBlock()->owningNode();
    if (node == nullptr) return;
    for (GraphValue* output : node->outputs()) Add(output);
    for (torch::jit::Block* block : node->blocks()) {
      for (GraphValue* input : block->inputs()) Add(input);
    }
  }

  void Add(GraphValue* value) {
    if (seen_.insert(value).second) left_.push_back(value);
  }

  std::unordered_set<GraphValue*> seen_;
  std::vector<GraphValue*> left_;
};

bool IsTensorConstant(const Node& node) {
  return node.kind() == torch::jit::prim::Constant &&
         node.output()->type()->isSubtypeOf(*c10::TensorType::get());
}

}  // namespace

void CopyWrittenConstants(torch::jit::Graph& graph) {
  // The recorder puts them all at the top.
  std::vector<GraphValue*> written;
  for (Node* node : graph.nodes()) {
    if (IsTensorConstant(*node) && WriteSearch().MayBeWritten(node->output())) {
      written.push_back(node->output());
    }
  }
  for (GraphValue* constant : written) {
    const torch::jit::WithInsertPoint behind(constant->node()->next());
    GraphValue* copy = graph.insert(c10::aten::clone, {constant});
    constant->replaceAllUsesAfterNodeWith(copy->node(), copy);
  }
}

}  // namespace sconce::python
