#include "server/frontend/python_source/model/record_forward.h"

#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <algorithm>
#include <iterator>
#include <map>
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
#include "server/frontend/python_source/interpreter/ivalue.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/model/annotation.h"
#include "server/frontend/python_source/model/written_constants.h"

namespace sconce::python {
namespace {

// What is tried for one argument.
struct Choice {
  bool is_input = true;
  c10::TypePtr type;  // null: as its annotation or its default says
};
using Choices = std::map<std::string, Choice>;

struct Input {
  std::string name;
  size_t place;  // of its parameter: 1 is the first after self
  ParameterKind kind;
  c10::TypePtr type;
  std::optional<c10::IValue> default_value;
};

c10::TypePtr TypeOfDefault(const Value& value) {
  if (Is<bool>(value)) return c10::BoolType::get();
  if (Is<int64_t>(value)) return c10::IntType::get();
  if (Is<double>(value)) return c10::FloatType::get();
  if (Is<std::string>(value)) return c10::StringType::get();
  if (Is<None>(value)) return c10::OptionalType::create(c10::TensorType::get());
  return nullptr;
}

bool TakesTensors(const c10::Type& type) {
  if (type.kind() == c10::TypeKind::TensorType) return true;
  const auto inner = type.containedTypes();
  return std::any_of(inner.begin(), inner.end(),
                     [](const c10::TypePtr& each) { return TakesTensors(*each); });
}

// What --define forward.NAME=TYPE says; null: nothing.
absl::StatusOr<c10::TypePtr> DefinedType(Interpreter& interpreter, const std::string& parameter) {
  const Value* defined = interpreter.library().Definition("forward." + parameter);
  if (defined == nullptr) return nullptr;
  const auto* text = std::get_if<std::string>(defined);
  c10::TypePtr type = text == nullptr ? nullptr : TypeOfText(*text);
  if (type != nullptr) return type;
  return absl::FailedPreconditionError(
      absl::StrFormat("--define forward.%s is no type of an input; such are Tensor, int, float, "
                      "bool, str, List[Tensor], Tuple[Tensor, Tensor], Dict[str, Tensor]",
                      parameter));
}

// def forward(self, *inputs): as many as --define says, else one tensor if there are no others.
absl::StatusOr<std::vector<Input>> InputsOfStar(Interpreter& interpreter,
                                                const Parameter& parameter, size_t place) {
  SCONCE_ASSIGN_OR_RETURN(const c10::TypePtr type, DefinedType(interpreter, parameter.name));
  std::vector<c10::TypePtr> types;
  if (type == nullptr && place == 1) types = {c10::TensorType::get()};
  if (type != nullptr && type->kind() != c10::TypeKind::TupleType) types = {type};
  if (type != nullptr && types.empty()) types = type->expectRef<c10::TupleType>().elements().vec();
  std::vector<Input> inputs;
  for (size_t i = 0; i < types.size(); ++i) {
    inputs.push_back({absl::StrFormat("%s_%d", parameter.name, i), place, parameter.kind, types[i],
                      std::nullopt});
  }
  return inputs;
}

// `choices`: what differs from taking all arguments as inputs of the types they seem to have.
absl::StatusOr<std::vector<Input>> InputsOf(Interpreter& interpreter, const Function& forward,
                                            const Choices& choices,
                                            std::vector<std::string>& fixed) {
  std::vector<Input> inputs;
  for (size_t i = 1; i < forward.parameters->size(); ++i) {
    const Parameter& parameter = (*forward.parameters)[i];
    if (parameter.kind == ParameterKind::kVarKeyword) continue;  // nothing is given there
    if (parameter.kind == ParameterKind::kVarPositional) {
      SCONCE_ASSIGN_OR_RETURN(auto more, InputsOfStar(interpreter, parameter, i));
      std::move(more.begin(), more.end(), std::back_inserter(inputs));
      continue;
    }
    Input input{parameter.name, i, parameter.kind, nullptr, std::nullopt};
    SCONCE_ASSIGN_OR_RETURN(input.type, DefinedType(interpreter, parameter.name));
    if (input.type == nullptr && parameter.annotation != nullptr) {
      input.type = TypeOfAnnotation(*parameter.annotation);
    }
    const auto chosen = choices.find(parameter.name);
    const Choice choice = chosen == choices.end() ? Choice() : chosen->second;
    if (choice.type != nullptr) input.type = choice.type;
    if (forward.has_default[i]) {
      if (input.type == nullptr) input.type = TypeOfDefault(forward.defaults[i]);
      const bool is_none = Is<None>(forward.defaults[i]);
      if (is_none && input.type != nullptr && input.type->kind() != c10::TypeKind::OptionalType) {
        input.type = c10::OptionalType::create(input.type);
      }
      input.default_value = ToIValue(forward.defaults[i]);
      // ratio: float = 1
      if (input.type != nullptr && input.type->kind() == c10::TypeKind::FloatType &&
          Is<int64_t>(forward.defaults[i])) {
        input.default_value = NumberOf(forward.defaults[i]);
      }
      if (!choice.is_input || input.type == nullptr || !input.default_value.has_value()) {
        fixed.push_back(parameter.name);
        continue;
      }
    }
    if (input.type == nullptr) input.type = c10::TensorType::get();
    inputs.push_back(std::move(input));
  }
  return inputs;
}

// The name of an output in a dict whose keys are no names: ("disp", 0) is disp.0.
std::string OutputName(const Value& key) {
  if (const auto* text = std::get_if<std::string>(&key)) return *text;
  const Tuple* tuple = ObjectOf<Tuple>(key);
  if (tuple == nullptr) return Describe(key);
  std::vector<std::string> parts;
  for (const Value& part : tuple->items) parts.push_back(OutputName(part));
  return absl::StrJoin(parts, ".");
}

Value NamedOutputs(const Dict& dict) {
  const auto& entries = dict.table->entries;
  const bool numbered = std::all_of(entries.begin(), entries.end(), [](const Table::Entry& entry) {
    return Is<int64_t>(entry.key);
  });
  if (numbered) return dict;
  auto named = std::make_shared<Table>();
  for (const Table::Entry& entry : entries) {
    named->Put(OutputName(entry.key), entry.value);
  }
  return Dict{std::move(named)};
}

// What forward returns as one value of a graph. Lists become tuples: their items may differ.
Value AsOutput(const Value& value) {
  if (StackGuard::IsLow()) return value;  // Materialise says so
  if (const auto* dict = std::get_if<Dict>(&value)) return NamedOutputs(*dict);
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) {
    Tuple output({}, tuple->type);
    for (const Value& item : tuple->items) output.items.push_back(AsOutput(item));
    return Own(std::move(output));
  }
  if (const List* list = ObjectOf<List>(value); list != nullptr && list->symbol == nullptr) {
    std::vector<Value> items;
    for (const Value& item : list->items) items.push_back(AsOutput(item));
    return TupleOf(std::move(items));
  }
  const Instance* instance = ObjectOf<Instance>(value);
  if (instance == nullptr || IsModule(value)) return value;
  // Objects that only carry results: what they hold, without what is None.
  auto table = std::make_shared<Table>();
  const Value* data = instance->attributes->Get("<data>");
  for (const Table* from : {instance->attributes.get(),
                            data == nullptr ? nullptr : std::get<Dict>(*data).table.get()}) {
    if (from == nullptr) continue;
    for (const Table::Entry& entry : from->entries) {
      if (Is<std::string>(entry.key) && !Is<None>(entry.value) &&
          std::get<std::string>(entry.key)[0] != '<') {
        table->Set(entry.id, entry.key, entry.value);
      }
    }
  }
  return Dict{std::move(table)};
}

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

  // Makes what was recorded the module's forward.
  void Define(const std::vector<Input>& inputs) {
    auto graph = recorder_.shared_graph();
    CopyWrittenConstants(*graph);
    torch::jit::EliminateDeadCode(graph);
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

// Which arguments with a default are inputs. All, if forward can be recorded so; else those that
// take tensors; else as many as can be, one by one.
class InputChoice {
 public:
  InputChoice(Interpreter& interpreter, const Value& module, const Function& forward,
              torch::jit::Module& compiled)
      : interpreter_(interpreter), module_(module), forward_(forward), compiled_(compiled) {}

  absl::Status Run() {
    absl::Status all = Try({});
    if (!all.ok() && TryStates()) all = absl::OkStatus();
    if (all.ok() || Optionals().empty()) return all;
    if (Try(OnlyTensors()).ok()) return absl::OkStatus();
    Choices choices;
    for (const std::string& name : Optionals()) choices[name].is_input = false;
    if (!Try(choices).ok()) return all;
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
  absl::Status Try(Choices choices) {
    std::vector<std::string> fixed;
    SCONCE_ASSIGN_OR_RETURN(auto inputs, InputsOf(interpreter_, forward_, choices, fixed));
    auto recording = std::make_unique<ForwardRecording>(interpreter_, compiled_);
    SCONCE_RETURN_IF_ERROR(recording->Run(module_, inputs));
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

  // Arguments without default and annotation that are no tensor but the state of an LSTM: (h, c).
  bool TryStates() {
    const c10::TypePtr tensor = c10::TensorType::get();
    for (size_t i = 1; i < forward_.parameters->size(); ++i) {
      const Parameter& parameter = (*forward_.parameters)[i];
      const bool plain = parameter.kind != ParameterKind::kVarKeyword &&
                         parameter.kind != ParameterKind::kVarPositional;
      if (!plain || forward_.has_default[i] || parameter.annotation != nullptr) continue;
      if (Try({{parameter.name, {true, c10::TupleType::create({tensor, tensor})}}}).ok()) {
        return true;
      }
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
    // None stands for a tensor, or for the state of an LSTM.
    for (const c10::TypePtr& type :
         {c10::TypePtr(), c10::TypePtr(c10::TupleType::create({tensor, tensor}))}) {
      choices[name] = {true, type};
      if (Try(choices).ok()) return;
    }
    choices[name] = {false, nullptr};
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
      const Parameter& parameter = (*forward_.parameters)[i];
      if (!forward_.has_default[i]) continue;
      c10::TypePtr type =
          parameter.annotation == nullptr ? nullptr : TypeOfAnnotation(*parameter.annotation);
      if (type == nullptr) type = TypeOfDefault(forward_.defaults[i]);
      choices[parameter.name].is_input = type != nullptr && TakesTensors(*type);
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
