#include "server/frontend/torchscript/written_state.h"

#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

using torch::jit::AliasDb;
using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = torch::jit::prim;
namespace attr = torch::jit::attr;

void ForEachNode(Block& block, const std::function<void(Node*)>& visit) {
  for (Node* node : block.nodes()) {
    visit(node);
    for (Block* inner : node->blocks()) ForEachNode(*inner, visit);
  }
}

// Whose attribute a GetAttr or SetAttr names.
struct Owner {
  enum Kind { kSelf, kFresh, kUnknown } kind = kUnknown;
  std::string path;  // of kSelf; "" is self
};

std::string Join(const std::string& path, const std::string& name) {
  return path.empty() ? name : absl::StrFormat("%s.%s", path, name);
}

Owner OwnerOf(const Graph& graph, const Value* object) {
  if (object == graph.inputs()[0]) return {Owner::kSelf, ""};
  const Node* node = object->node();
  if (node->kind() == prim::CreateObject) return {Owner::kFresh, ""};
  if (node->kind() != prim::GetAttr) return {Owner::kUnknown, ""};
  Owner owner = OwnerOf(graph, node->input(0));
  owner.path = Join(owner.path, node->s(attr::name));
  return owner;
}

// AliasDb knows, but does not export it.
bool IsMutableType(const c10::TypePtr& type) {
  switch (type->kind()) {
    case c10::TypeKind::NumberType:
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
    case c10::TypeKind::FloatType:
    case c10::TypeKind::ComplexType:
    case c10::TypeKind::BoolType:
    case c10::TypeKind::StringType:
    case c10::TypeKind::NoneType:
    case c10::TypeKind::DeviceObjType:
    case c10::TypeKind::GeneratorType:
    case c10::TypeKind::FunctionType:
    case c10::TypeKind::EnumType:
      return false;
    case c10::TypeKind::TupleType:
    case c10::TypeKind::OptionalType:
      return std::any_of(type->containedTypes().begin(), type->containedTypes().end(),
                         IsMutableType);
    default:
      return true;
  }
}

// Outputs of the node come out of a container: alias analysis knows no more of them than their
// type.
bool Extracts(const Node& node) {
  if (node.kind() == prim::ListUnpack || node.kind() == prim::TupleUnpack ||
      node.kind() == prim::TupleIndex) {
    return true;
  }
  const auto* schema = node.maybeSchema();
  if (schema == nullptr) return false;
  return std::any_of(
      schema->returns().begin(), schema->returns().end(), [](const c10::Argument& result) {
        return result.alias_info() != nullptr &&
               (result.alias_info()->isWildcardBefore() || result.alias_info()->isWildcardAfter());
      });
}

// Whether something of this type holds others that can be written by themselves.
bool HoldsMutable(const c10::TypePtr& type) {
  const auto contained = type->containedTypes();
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
      return false;
    case c10::TypeKind::OptionalType:
      return HoldsMutable(contained[0]);
    case c10::TypeKind::ListType:
    case c10::TypeKind::DictType:
    case c10::TypeKind::TupleType:
      return std::any_of(contained.begin(), contained.end(), IsMutableType);
    default:
      return IsMutableType(type);
  }
}

bool IsObject(const Value& value) { return value.type()->kind() == c10::TypeKind::ClassType; }

bool WritesSomething(const Node& node) {
  if (node.kind() == prim::SetAttr) return true;
  const auto* schema = node.maybeSchema();
  return schema != nullptr && schema->is_mutable();
}

class WriteFinder {
 public:
  explicit WriteFinder(const std::shared_ptr<Graph>& graph)
      : graph_(graph), aliases_(graph, /*isFrozen=*/true) {
    ForEachNode(*graph_->block(), [this](Node* node) { Collect(node); });
  }

  absl::StatusOr<WrittenState> Run() {
    for (Node* node : assignments_) FindAssigned(node);
    for (Node* node : reads_) FindModified(node);
    // Once more: what was found may be an assigned value under another name.
    if (modifies_assigned_) {
      for (Node* node : reads_) FindModified(node);
    }
    FindArguments();
    SCONCE_RETURN_IF_ERROR(ProtectConstants());
    return std::move(state_);
  }

 private:
  void Collect(Node* node) {
    if (Extracts(*node)) {
      for (const Value* output : node->outputs()) {
        writes_element_ |= IsMutableType(output->type()) && aliases_.hasWriters(output);
      }
    }
    if (node->kind() == prim::GetAttr) reads_.push_back(node);
    if (node->kind() == prim::SetAttr) assignments_.push_back(node);
    if (node->kind() == prim::Constant) constants_.push_back(node);
    // Code that runs elsewhere, or is chosen at run time: AliasDb does not see into it.
    if (node->hasAttribute(attr::Subgraph)) {
      ForEachNode(*node->g(attr::Subgraph)->block(),
                  [this](Node* inner) { state_.anything |= WritesSomething(*inner); });
    }
    if (node->kind() == prim::CallMethod) state_.anything = true;
  }

  void FindAssigned(Node* node) {
    const Owner owner = OwnerOf(*graph_, node->input(0));
    if (owner.kind == Owner::kSelf) {
      state_.assigned.insert(Join(owner.path, node->s(attr::name)));
    }
    if (owner.kind == Owner::kUnknown) state_.anything = true;
  }

  // Could a write reach what `value` holds?
  bool MayBeModified(Value* value) {
    if (!IsMutableType(value->type()) || IsObject(*value)) return false;
    if (aliases_.hasWriters(value)) return true;
    if (writes_element_ && HoldsMutable(value->type())) return true;
    if (!modifies_assigned_) return false;
    // self.a = self.b; self.a.add_(1) writes b, which alias analysis does not follow.
    for (Node* assignment : assignments_) {
      if (aliases_.mayContainAlias(value, assignment->input(1))) return true;
    }
    return false;
  }

  void FindModified(Node* node) {
    Value* value = node->output();
    if (!MayBeModified(value)) return;
    const Owner owner = OwnerOf(*graph_, value);
    if (owner.kind == Owner::kUnknown) state_.anything = true;
    if (owner.kind != Owner::kSelf) return;
    state_.modified.insert(owner.path);
    modifies_assigned_ |= state_.assigned.count(owner.path) > 0;
  }

  void FindArguments() {
    for (size_t i = 1; i < graph_->inputs().size(); ++i) {
      Value* input = graph_->inputs()[i];
      state_.arguments.push_back(IsMutableType(input->type()) &&
                                 (aliases_.hasWriters(input) || state_.anything ||
                                  (writes_element_ && HoldsMutable(input->type()))));
    }
  }

  absl::Status ProtectConstants() {
    std::vector<Node*> written;
    for (Node* node : constants_) {
      if (node->outputs().size() == 1 && MayBeModified(node->output())) written.push_back(node);
    }
    std::map<const void*, Value*> copies;  // one copy a tensor, however often the code names it
    for (Node* node : written) {
      const auto constant = torch::jit::toIValue(node->output());
      if (!constant || !constant->isTensor()) {
        return absl::FailedPreconditionError(absl::StrFormat(
            "the code writes a constant of type %s: it can't be given fresh to every request",
            node->output()->type()->repr_str()));
      }
      Value*& copy = copies[constant->toTensor().unsafeGetTensorImpl()];
      if (copy == nullptr) copy = CopyAtStart(*constant);
      node->output()->replaceAllUsesWith(copy);
      state_.constants = true;
    }
    return absl::OkStatus();
  }

  Value* CopyAtStart(const c10::IValue& constant) {
    const torch::jit::WithInsertPoint start(*graph_->block()->nodes().begin());
    return graph_->insert(torch::jit::aten::clone, {graph_->insertConstant(constant)});
  }

  std::shared_ptr<Graph> graph_;
  AliasDb aliases_;
  std::vector<Node*> reads_;
  std::vector<Node*> assignments_;
  std::vector<Node*> constants_;
  bool writes_element_ = false;
  bool modifies_assigned_ = false;
  WrittenState state_;
};

}  // namespace

absl::StatusOr<WrittenState> FindWrites(const std::shared_ptr<Graph>& graph) {
  return WriteFinder(graph).Run();
}

}  // namespace sconce
