#include "server/frontend/torchscript/input_hints.h"

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/runtime/signature.h"

namespace sconce {
namespace {

using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;

using NameSet = std::unordered_set<std::string_view>;

// Of their first argument they keep both datatype and shape.
const NameSet& KeepBoth() {
  static const auto* const names =
      new NameSet{"relu",      "relu_",           "dropout", "dropout_", "contiguous", "clone",
                  "detach",    "alias",           "relu6",   "relu6_",   "leaky_relu", "hardtanh",
                  "hardtanh_", "feature_dropout", "abs",     "neg"};
  return *names;
}

// Integers become floats in these.
const NameSet& KeepShape() {
  static const auto* const names = new NameSet{"sigmoid", "tanh", "gelu",    "silu",       "exp",
                                               "log",     "sqrt", "softmax", "log_softmax"};
  return *names;
}

const NameSet& KeepDatatype() {
  static const auto* const names = new NameSet{
      "view",    "reshape",   "flatten",    "unsqueeze",  "squeeze",    "transpose",
      "permute", "slice",     "select",     "expand",     "t",          "narrow",
      "numpy_T", "unflatten", "max_pool1d", "max_pool2d", "avg_pool2d", "constant_pad_nd",
      "unfold",  "roll",      "flip"};
  return *names;
}

// The value of an attribute chain or a constant.
std::optional<c10::IValue> KnownValue(const torch::jit::Value* value, const Module& module) {
  if (const auto constant = torch::jit::toIValue(value)) return constant;
  const Node* node = value->node();
  if (node->kind() != torch::jit::prim::GetAttr) {
    if (value == value->owningGraph()->inputs()[0]) return c10::IValue(module._ivalue());
    return std::nullopt;
  }
  const auto owner = KnownValue(node->input(0), module);
  if (!owner || !owner->isObject()) return std::nullopt;
  return owner->toObjectRef().getAttr(node->s(torch::jit::attr::name));
}

std::optional<at::Tensor> KnownTensor(const torch::jit::Value* value, const Module& module) {
  const auto known = KnownValue(value, module);
  if (!known || !known->isTensor() || !known->toTensor().defined()) return std::nullopt;
  return known->toTensor();
}

std::optional<int64_t> KnownInt(const Node& node, std::string_view name) {
  const auto index = node.schema().argumentIndexWithName(std::string(name));
  if (!index) return std::nullopt;
  const auto value = torch::jit::toIValue(node.input(static_cast<size_t>(*index)));
  if (!value || !value->isInt()) return std::nullopt;
  return value->toInt();
}

void SetDatatype(InputHint& hint, const at::Tensor& weight) {
  hint.datatype = FromScalarType(weight.scalar_type());
  hint.datatype_is_certain = hint.datatype != Datatype::kUnknown;
}

// What one operator with weights asks of its input.
class WeightedUse {
 public:
  WeightedUse(const Node& node, const Module& module) : node_(node), module_(module) {}

  std::optional<InputHint> Hint(size_t argument) {
    const std::string_view name = node_.kind().toUnqualString();
    if (name == "linear" && argument == 0) return Linear(1, /*in_dimension=*/1, SIZE_MAX);
    if (name == "mm" && argument == 0) return Linear(1, 0, 2);
    if (name == "matmul" && argument == 0) return Linear(1, 0, SIZE_MAX);
    if (name == "addmm" && argument == 1) return Linear(2, 0, 2);
    if (name == "embedding" && argument == 1) return Embedding();
    if (name == "layer_norm" && argument == 0) return LayerNorm();
    if ((name == "lstm" || name == "gru") && argument == 0) return Recurrent();
    if (name.starts_with("conv") || name == "_convolution") {
      if (argument == 0) return Convolution();
    }
    if (argument == 0 && (name == "quantize_per_tensor" || name == "linear_dynamic" ||
                          name == "linear_relu_dynamic")) {
      return Quantize();
    }
    return std::nullopt;
  }

 private:
  std::optional<at::Tensor> Weight(size_t input) {
    return KnownTensor(node_.input(input), module_);
  }

  std::optional<InputHint> Linear(size_t weight_input, int64_t in_dimension, size_t max_rank) {
    const auto weight = Weight(weight_input);
    if (!weight || weight->dim() != 2) return std::nullopt;
    InputHint hint;
    SetDatatype(hint, *weight);
    hint.trailing = {weight->size(in_dimension)};
    hint.shape = {kAnySize, weight->size(in_dimension)};
    hint.min_rank = max_rank == 2 ? 2 : 1;
    hint.max_rank = max_rank;
    return hint;
  }

  std::optional<InputHint> Convolution() {
    const auto weight = Weight(1);
    if (!weight || weight->dim() < 3 || weight->is_quantized()) return std::nullopt;
    const bool flag = node_.schema().argumentIndexWithName("transposed").has_value();
    bool transposed = std::string_view(node_.kind().toUnqualString()).starts_with("conv_transpose");
    if (flag) {
      const auto value = torch::jit::toIValue(
          node_.input(static_cast<size_t>(*node_.schema().argumentIndexWithName("transposed"))));
      if (!value) return std::nullopt;
      transposed = value->toBool();
    }
    const auto groups = KnownInt(node_, "groups");
    if (!groups) return std::nullopt;
    InputHint hint;
    SetDatatype(hint, *weight);
    hint.trailing.assign(static_cast<size_t>(weight->dim()) - 1, kAnySize);
    hint.trailing[0] = transposed ? weight->size(0) : weight->size(1) * *groups;
    hint.shape.emplace(1, kAnySize);
    hint.shape->insert(hint.shape->end(), hint.trailing.begin(), hint.trailing.end());
    hint.min_rank = hint.trailing.size();
    hint.max_rank = hint.trailing.size() + 1;
    return hint;
  }

  std::optional<InputHint> Embedding() {
    if (!Weight(0)) return std::nullopt;
    InputHint hint;
    hint.datatype = Datatype::kInt64;  // INT32 is taken as well
    return hint;
  }

  std::optional<InputHint> LayerNorm() {
    const auto sizes = torch::jit::toIValue(node_.input(1));
    if (!sizes || !sizes->isIntList()) return std::nullopt;
    InputHint hint;
    hint.trailing = sizes->toIntVector();
    hint.min_rank = hint.trailing.size();
    return hint;
  }

  // The first of the weights is [gates * hidden, in].
  std::optional<InputHint> Recurrent() {
    const Node* list = node_.inputs().size() > 2 ? node_.input(2)->node() : nullptr;
    std::optional<at::Tensor> weight;
    if (list != nullptr && list->kind() == torch::jit::prim::ListConstruct) {
      if (!list->inputs().empty()) weight = KnownTensor(list->input(0), module_);
    } else if (const auto known = KnownValue(node_.input(2), module_);
               known && known->isTensorList() && known->toTensorList().size() > 0) {
      weight = known->toTensorVector()[0];
    }
    const bool padded = node_.schema().overload_name() == "input";
    if (!weight || weight->dim() != 2 || !padded) return std::nullopt;
    InputHint hint;
    SetDatatype(hint, *weight);
    hint.trailing = {weight->size(1)};
    hint.shape = {kAnySize, kAnySize, weight->size(1)};
    hint.min_rank = 2;
    hint.max_rank = 3;
    return hint;
  }

  std::optional<InputHint> Quantize() {
    InputHint hint;
    hint.datatype = Datatype::kFp32;
    hint.datatype_is_certain = true;
    return hint;
  }

  const Node& node_;
  const Module& module_;
};

// Follows one input.
class Follower {
 public:
  Follower(const Graph& graph, const Module& module) : graph_(graph), module_(module) {}

  InputHint Run(const torch::jit::Value* input) {
    Follow(input, {true, true});
    return hint_;
  }

 private:
  struct Kept {
    bool datatype;
    bool shape;
  };

  void Follow(const torch::jit::Value* value, Kept kept) {
    if ((!kept.datatype && !kept.shape) || ++steps_ > kMaxSteps) return;
    for (const torch::jit::Use& use : value->uses()) {
      // A use within a branch or a loop may not happen.
      if (use.user->owningBlock() != graph_.block() || use.user->maybeSchema() == nullptr) continue;
      if (auto hint = WeightedUse(*use.user, module_).Hint(use.offset)) {
        Merge(std::move(*hint), kept);
      } else if (use.offset == 0 && use.user->outputs().size() == 1) {
        Follow(use.user->output(), Through(*use.user, kept));
      }
    }
  }

  static Kept Through(const Node& node, Kept kept) {
    if (!node.kind().is_aten()) return {false, false};
    const std::string_view name = node.kind().toUnqualString();
    if (KeepBoth().count(name) > 0) return kept;
    if (KeepShape().count(name) > 0) return {false, kept.shape};
    if (KeepDatatype().count(name) > 0) return {kept.datatype, false};
    if (name == "to" || name == "float" || name == "half") return {false, kept.shape};
    return {false, false};
  }

  // The first that says something wins; later ones fill in.
  void Merge(InputHint found, Kept kept) {
    if (kept.datatype && hint_.datatype == Datatype::kUnknown) {
      hint_.datatype = found.datatype;
      hint_.datatype_is_certain = found.datatype_is_certain;
    }
    if (!kept.shape || !hint_.trailing.empty()) return;
    hint_.shape = std::move(found.shape);
    hint_.trailing = std::move(found.trailing);
    hint_.min_rank = found.min_rank;
    hint_.max_rank = found.max_rank;
  }

  static constexpr int kMaxSteps = 1000;

  const Graph& graph_;
  const Module& module_;
  InputHint hint_;
  int steps_ = 0;
};

std::string ShapeText(const std::vector<int64_t>& sizes) {
  return absl::StrFormat("[%s]", absl::StrJoin(sizes, ","));
}

}  // namespace

InputHint HintOf(const Graph& graph, size_t index, const Module& module) {
  const torch::jit::Value* input = graph.inputs()[index];
  if (input->type()->kind() != c10::TypeKind::TensorType) return {};
  return Follower(graph, module).Run(input);
}

absl::Status CheckShape(const std::string& name, const std::vector<int64_t>& sizes,
                        const InputHint& hint) {
  bool fits = sizes.size() >= std::max(hint.min_rank, hint.trailing.size()) &&
              sizes.size() <= hint.max_rank;
  for (size_t i = 0; fits && i < hint.trailing.size(); ++i) {
    const int64_t wanted = hint.trailing[hint.trailing.size() - 1 - i];
    fits = wanted == kAnySize || sizes[sizes.size() - 1 - i] == wanted;
  }
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("input %s has the shape %s; its last dimensions must be %s", name,
                      ShapeText(sizes), ShapeText(hint.trailing)));
}

}  // namespace sconce
