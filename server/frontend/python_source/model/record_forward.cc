#include "server/frontend/python_source/model/record_forward.h"

#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/model/idle_loops.h"
#include "server/frontend/python_source/model/inputs.h"
#include "server/frontend/python_source/model/outputs.h"
#include "server/frontend/python_source/model/written_constants.h"

namespace sconce::python {
namespace {

class ForwardRecording {
 public:
  ForwardRecording(Interpreter& interpreter, torch::jit::Module& compiled)
      : interpreter_(interpreter),
        compiled_(compiled),
        recorder_(compiled, interpreter.unset_tensors()) {}

  // `module` is called as a model is, with its hooks.
  absl::Status Run(const Value& module, const std::vector<Input>& inputs) {
    interpreter_.set_recorder(&recorder_);
    // What forward changes in its objects belongs to one request, and is undone here.
    recorder_.Enter(recorder_.graph().block(), {}, {});
    const absl::StatusOr<Value> result = Record(recorder_, module, inputs);
    recorder_.Leave();
    interpreter_.set_recorder(nullptr);
    return result.status();
  }

  const std::set<std::string>& asked_for_none() const { return recorder_.asked_for_none(); }
  bool takes_no_tuple() const { return recorder_.takes_no_tuple(); }
  const std::set<std::string>& asked_for_names() const { return recorder_.asked_for_names(); }
  // Branches that requests can't take.
  size_t failures() const { return recorder_.failures(); }

  // Makes what was recorded the module's forward.
  void Define(const std::vector<Input>& inputs) {
    auto graph = recorder_.shared_graph();
    CopyWrittenConstants(*graph);
    do {
      torch::jit::EliminateDeadCode(graph);
    } while (RemoveIdleLoops(*graph));
    graph->lint();
    const auto& type = compiled_.type();
    auto* function = compiled_._ivalue()->compilation_unit()->create_function(
        c10::QualifiedName(*type->name(), "forward"), graph);
    std::vector<c10::Argument> arguments = {c10::Argument("self", type)};
    for (const Input& input : inputs) {
      arguments.emplace_back(input.name, input.type, std::nullopt, input.default_value);
    }
    function->setSchema(c10::FunctionSchema("forward", "", std::move(arguments),
                                            {c10::Argument("", graph->outputs()[0]->type())}));
    type->addMethod(function);
  }

 private:
  absl::StatusOr<Value> Record(Recorder& recorder, const Value& module,
                               const std::vector<Input>& inputs) {
    Arguments arguments;
    for (const Input& input : inputs) {
      torch::jit::Value* value = recorder.graph().addInput(input.name);
      value->setType(input.type);
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
      Value value = recorder.FromGraph(recorder.graph().inputs()[i + 1]);
      // By position as far as no argument in between keeps its default: hooks see them so.
      const size_t next = arguments.positional.size() + 1;
      const bool starred = inputs[i].kind == ParameterKind::kVarPositional;
      const bool in_order = starred ? next >= inputs[i].place : next == inputs[i].place;
      if (inputs[i].kind != ParameterKind::kKeywordOnly && in_order) {
        arguments.positional.push_back(std::move(value));
      } else if (starred) {
        return Unsupported("what stands before the starred inputs of forward has to be given too");
      } else {
        arguments.keywords.emplace_back(inputs[i].name, std::move(value));
      }
    }
    EnterEvalMode(module);
    SCONCE_ASSIGN_OR_RETURN(const Value result, interpreter_.Call(module, std::move(arguments)));
    SCONCE_ASSIGN_OR_RETURN(torch::jit::Value * output, recorder.Materialise(AsOutput(result)));
    recorder.graph().registerOutput(output);
    return None();
  }

  // Classes may change what they are when they leave training: they compute from weights then what
  // they need not learn. That becomes a part of forward.
  void EnterEvalMode(const Value& module) {
    const Instance& instance = *ObjectOf<Instance>(module);
    if (StackGuard::IsLow() || !entered_.insert(&instance).second) return;
    const Value* own = FindInClass(*instance.type, "train");
    if (own != nullptr && ObjectOf<Function>(*own) != nullptr) {
      const auto result = interpreter_.Call(*own, {{module, false}, {}});
      if (!result.ok()) {
        interpreter_.Note(absl::StrFormat("train(False) of %s was left out: %s",
                                          instance.type->name, result.status().message()));
      }
    }
    const auto children = TableOf(instance, "_modules");
    for (const Table::Entry& entry : Table(*children).entries) {
      if (IsModule(entry.value)) EnterEvalMode(entry.value);
    }
  }

  Interpreter& interpreter_;
  torch::jit::Module& compiled_;
  Recorder recorder_;
  std::set<const Instance*> entered_;  // modules, in eval mode
};

// Which arguments with a default are inputs. All, if forward can be recorded so and no branch is
// lost by it; else those that take tensors; else as many as can be, one by one.
class InputChoice {
  static constexpr size_t kMostFlags = 8;

 public:
  InputChoice(Interpreter& interpreter, const Value& module, const Function& forward,
              torch::jit::Module& compiled)
      : interpreter_(interpreter),
        module_(module),
        forward_(forward),
        compiled_(compiled),
        notes_(interpreter.notes()) {}

  absl::Status Run() {
    absl::Status all = Try({});
    for (size_t known = 0; !all.ok() && dicts_.size() > known;) {
      known = dicts_.size();
      all = Try({});
    }
    if (!all.ok() && TryStates()) all = absl::OkStatus();
    if (all.ok()) return LeaveOutFlags();
    if (Optionals().empty()) return all;
    if (Try(OnlyTensors()).ok()) return absl::OkStatus();
    Choices choices;
    for (const std::string& name : Optionals()) choices[name].is_input = false;
    SCONCE_RETURN_IF_ERROR(Try(choices));
    for (const std::string& name : Optionals()) AddInput(name, choices);
    return absl::OkStatus();
  }

  // Of the last attempt that succeeded.
  void Define() {
    recording_->Define(inputs_);
    if (fixed_.empty()) return;
    interpreter_.Note(absl::StrFormat("optional arguments that keep their default: %s",
                                      absl::StrJoin(fixed_, ", ")));
  }

 private:
  // What attempts that come to nothing remark is forgotten.
  absl::Status Try(Choices choices, bool guesses_tuple = false) {
    std::vector<std::string> before = interpreter_.TakeNotes();
    interpreter_.set_notes(notes_);
    absl::Status tried = TryOnce(std::move(choices), guesses_tuple);
    if (!tried.ok()) interpreter_.set_notes(std::move(before));
    return tried;
  }

  absl::Status TryOnce(Choices choices, bool guesses_tuple) {
    for (const std::string& name : dicts_) {
      choices[name].type = c10::DictType::create(c10::StringType::get(), c10::TensorType::get());
    }
    std::vector<std::string> fixed;
    SCONCE_ASSIGN_OR_RETURN(auto inputs, InputsOf(interpreter_, forward_, choices, fixed));
    auto recording = std::make_unique<ForwardRecording>(interpreter_, compiled_);
    const absl::Status recorded = recording->Run(module_, inputs);
    dicts_.insert(recording->asked_for_names().begin(), recording->asked_for_names().end());
    SCONCE_RETURN_IF_ERROR(recorded);
    if (guesses_tuple && recording->takes_no_tuple()) {
      return absl::FailedPreconditionError("what forward does with it, tuples do not have");
    }
    const auto required = RequiredOptionals(*recording);
    recording_ = std::move(recording);
    inputs_ = std::move(inputs);
    fixed_ = std::move(fixed);
    if (required.empty()) return absl::OkStatus();
    // Keeps what it has if these can't be.
    for (const std::string& name : required) {
      choices[name].type = c10::OptionalType::create(c10::TensorType::get());
    }
    Try(std::move(choices)).IgnoreError();
    return absl::OkStatus();
  }

  // if return_all: return y, x. Where both ways can't be one model, the flag keeps its default.
  absl::Status LeaveOutFlags() {
    const size_t lost = recording_->failures();
    if (lost == 0) return absl::OkStatus();
    Choices choices = OnlyTensors();
    std::vector<std::string> flags;
    for (const auto& [name, choice] : choices) {
      if (!choice.is_input) flags.push_back(name);
    }
    if (flags.empty() || flags.size() > kMostFlags) return absl::OkStatus();
    if (!Try(choices).ok() || recording_->failures() >= lost) return Try({});
    const size_t least = recording_->failures();
    for (const std::string& flag : flags) {
      choices[flag].is_input = true;
      if (!Try(choices).ok() || recording_->failures() > least) choices[flag].is_input = false;
    }
    return Try(choices);
  }

  // Arguments without default and annotation that are no tensor but the state of an LSTM: (h, c).
  bool TryStates() {
    const c10::TypePtr tensor = c10::TensorType::get();
    for (size_t i = 1; i < forward_.parameters->size(); ++i) {
      const Parameter& parameter = (*forward_.parameters)[i];
      const bool plain = parameter.kind != ParameterKind::kVarKeyword &&
                         parameter.kind != ParameterKind::kVarPositional;
      if (!plain || forward_.has_default[i] || parameter.annotation != nullptr) continue;
      const c10::TypePtr state = c10::TupleType::create({tensor, tensor});
      if (Try({{parameter.name, {true, state}}}, /*guesses_tuple=*/true).ok()) return true;
    }
    return false;
  }

  // Tensors that have no default, but that forward compares with None.
  std::vector<std::string> RequiredOptionals(const ForwardRecording& recording) const {
    std::vector<std::string> names;
    for (size_t i = 1; i < forward_.parameters->size(); ++i) {
      const std::string& name = (*forward_.parameters)[i].name;
      if (!forward_.has_default[i] && recording.asked_for_none().count(name) > 0) {
        names.push_back(name);
      }
    }
    return names;
  }

  void AddInput(const std::string& name, Choices& choices) {
    const c10::TypePtr tensor = c10::TensorType::get();
    choices[name] = {true, nullptr};
    if (Try(choices).ok()) return;
    // None stands for a tensor, or for the state of an LSTM.
    choices[name] = {true, c10::TupleType::create({tensor, tensor})};
    if (HasNone(name) && Try(choices, /*guesses_tuple=*/true).ok()) return;
    choices[name] = {false, nullptr};
  }

  bool HasNone(const std::string& name) const {
    for (size_t i = 1; i < forward_.parameters->size(); ++i) {
      if ((*forward_.parameters)[i].name == name) return Is<None>(forward_.defaults[i]);
    }
    return false;
  }

  std::vector<std::string> Optionals() const {
    std::vector<std::string> names;
    for (size_t i = 1; i < forward_.parameters->size(); ++i) {
      if (forward_.has_default[i]) names.push_back((*forward_.parameters)[i].name);
    }
    return names;
  }

  Choices OnlyTensors() const {
    Choices choices;
    for (size_t i = 1; i < forward_.parameters->size(); ++i) {
      if (!forward_.has_default[i]) continue;
      const c10::TypePtr type = SeemingType(forward_, i);
      choices[(*forward_.parameters)[i].name].is_input = type != nullptr && TakesTensors(*type);
    }
    return choices;
  }

  Interpreter& interpreter_;
  const Value& module_;
  const Function& forward_;
  torch::jit::Module& compiled_;
  std::unique_ptr<ForwardRecording> recording_;
  std::vector<Input> inputs_;
  std::vector<std::string> fixed_;
  std::set<std::string> dicts_;           // inputs that are asked for items by name
  const std::vector<std::string> notes_;  // from before any attempt
};

}  // namespace

absl::Status RecordForward(Interpreter& interpreter, const Value& module,
                           torch::jit::Module& compiled) {
  SCONCE_ASSIGN_OR_RETURN(const Value method, interpreter.GetAttribute(module, "forward"));
  const BoundMethod* bound = ObjectOf<BoundMethod>(method);
  const Function* forward = bound == nullptr ? nullptr : ObjectOf<Function>(bound->function);
  if (forward == nullptr) return Unsupported("forward is no method of the class");
  InputChoice choice(interpreter, module, *forward, compiled);
  SCONCE_RETURN_IF_ERROR(choice.Run());
  choice.Define();
  return absl::OkStatus();
}

}  // namespace sconce::python
