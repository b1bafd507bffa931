#include "server/frontend/torchscript/served_method.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/frontend/torchscript/declared_specs.h"
#include "server/runtime/schema.h"

namespace sconce {
namespace {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Module;
using torch::jit::Node;

constexpr size_t kMostNames = 6;

// Left-overs of training in scripted modules.
bool IsTrainingHelper(const std::string& name) {
  static const auto* const names = new std::set<std::string>{"train",
                                                             "eval",
                                                             "training_step",
                                                             "validation_step",
                                                             "test_step",
                                                             "predict_step",
                                                             "configure_optimizers",
                                                             "zero_grad",
                                                             "requires_grad_",
                                                             "reset_parameters"};
  return names->count(name) > 0;
}

absl::Status CheckConstants(const Block& block, const FreshState& state) {
  for (const Node* node : block.nodes()) {
    for (const Block* inner : node->blocks()) {
      SCONCE_RETURN_IF_ERROR(CheckConstants(*inner, state));
    }
    if (node->kind() != torch::jit::prim::Constant || node->outputs().size() != 1) continue;
    const auto value = torch::jit::toIValue(node->output());
    if (!value || !value->isTensor() || !state.SharesWrittenMemory(value->toTensor())) continue;
    return absl::FailedPreconditionError(
        "a constant of the code shares memory with state that the model writes");
  }
  return absl::OkStatus();
}

// SignatureOf leaves out arguments that can only have their default, so positions are found by
// name.
std::vector<InputHint> HintsOf(const Graph& graph, const c10::FunctionSchema& schema,
                               const Signature& signature, const Module& module) {
  std::vector<InputHint> hints;
  for (const Argument& input : signature.inputs) {
    const auto index = schema.argumentIndexWithName(input.spec.name);
    hints.push_back(index ? HintOf(graph, static_cast<size_t>(*index), module) : InputHint{});
  }
  return hints;
}

void ApplyHints(const std::vector<InputHint>& hints, Signature& bound, Signature& advertised) {
  for (size_t i = 0; i < hints.size(); ++i) {
    advertised.inputs[i].spec.datatype = hints[i].datatype;
    advertised.inputs[i].spec.shape = hints[i].shape;
    if (hints[i].datatype_is_certain) bound.inputs[i].spec.datatype = hints[i].datatype;
  }
}

}  // namespace

absl::StatusOr<ServedMethod> MakeServedMethod(const RunnableModule& runnable,
                                              const std::string& name, const ModelSource& source,
                                              Signature& advertised) {
  const Module& module = runnable.module;
  torch::jit::Function& function = module.get_method(name).function();
  const auto graph = torch::jit::toGraphFunction(function).graph();
  SCONCE_ASSIGN_OR_RETURN(Signature bound, SignatureOf(name, function.getSchema()));
  std::vector<InputHint> hints = HintsOf(*graph, function.getSchema(), bound, module);
  SCONCE_ASSIGN_OR_RETURN(WrittenState written, FindWrites(graph));
  if (written.anything && runnable.unfrozen_because.empty()) {
    // Freezing may have made constants of what is written, out of reach of any copy.
    return absl::FailedPreconditionError("what it writes can't be told any more once it is frozen");
  }
  FreshState state(module._ivalue(), written);
  SCONCE_RETURN_IF_ERROR(CheckConstants(*graph->block(), state));

  advertised = bound;
  ApplyHints(hints, bound, advertised);
  if (name == "forward") {
    SCONCE_RETURN_IF_ERROR(ApplyDeclaredInputs(source.declared_inputs, bound));
    SCONCE_RETURN_IF_ERROR(ApplyDeclaredInputs(source.declared_inputs, advertised));
    SCONCE_RETURN_IF_ERROR(ApplyDeclaredOutputs(source.declared_outputs, advertised));
  }
  return ServedMethod{std::move(bound), std::move(hints), &function, std::move(written),
                      std::move(state)};
}

std::vector<std::string> ExportedMethods(const Module& module) {
  std::vector<std::string> names;
  for (const auto& method : module.get_methods()) {
    if (!absl::StartsWith(method.name(), "_") && !IsTrainingHelper(method.name())) {
      names.push_back(method.name());
    }
  }
  std::stable_partition(names.begin(), names.end(),
                        [](const std::string& name) { return name == "forward"; });
  return names;
}

std::string NoteOnState(const std::string& method, const ServedMethod& served) {
  if (!served.written.any()) return "";
  std::set<std::string> names;
  for (const std::string& path : served.written.assigned) names.insert("self." + path);
  for (const std::string& path : served.written.modified) names.insert("self." + path);
  if (served.written.constants) names.insert("a constant of its code");
  if (served.written.anything) names.insert("attributes that its code does not tell");
  std::string text = absl::StrJoin(names, ", ");
  if (names.size() > kMostNames) {
    text = absl::StrFormat("%s and %d more",
                           absl::StrJoin(names.begin(), std::next(names.begin(), kMostNames), ", "),
                           names.size() - kMostNames);
  }
  return absl::StrFormat(
      "%s writes %s: every request starts from the saved value (%d bytes copied)", method, text,
      served.state.copied_bytes());
}

}  // namespace sconce
