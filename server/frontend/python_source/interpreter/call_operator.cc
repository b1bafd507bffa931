// Operators of torch: run at once while a model is built, recorded while its forward runs. Both go
// through LibTorch's own schema matching, so overloads, defaults, keywords and conversions are its.

#include <torch/csrc/jit/frontend/error_report.h>
#include <torch/csrc/jit/frontend/schema_matching.h>
#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/ivalue.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/text.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

using torch::jit::Graph;
using torch::jit::NamedValue;
using GraphValue = torch::jit::Value;

// What an operator's arguments become; `tensor` gives the graph's value of a tensor.
class ArgumentWriter {
 public:
  virtual ~ArgumentWriter() = default;
  virtual absl::StatusOr<NamedValue> Write(const Value& value) = 0;

  absl::StatusOr<std::vector<NamedValue>> WriteAll(const std::vector<Value>& values) {
    std::vector<NamedValue> written;
    for (const Value& value : values) {
      SCONCE_ASSIGN_OR_RETURN(NamedValue named, Write(value));
      written.push_back(std::move(named));
    }
    return written;
  }
  absl::StatusOr<std::vector<NamedValue>> WriteAll(
      const std::vector<std::pair<std::string, Value>>& keywords, Graph& graph) {
    std::vector<NamedValue> written;
    for (const auto& [name, value] : keywords) {
      SCONCE_ASSIGN_OR_RETURN(const NamedValue named, Write(value));
      written.emplace_back(name, named.value(graph));
    }
    return written;
  }
};

class RecordingWriter : public ArgumentWriter {
 public:
  explicit RecordingWriter(Recorder& recorder) : recorder_(recorder) {}

  absl::StatusOr<NamedValue> Write(const Value& value) override {
    SCONCE_RETURN_IF_ERROR(CheckTextKnown(value));
    if (!Is<TensorValue>(value) && !HoldsTensors(value)) {
      if (auto known = ToIValue(value)) return NamedValue(*std::move(known));
    }
    const bool is_sequence = ObjectOf<Tuple>(value) != nullptr;
    SCONCE_ASSIGN_OR_RETURN(
        GraphValue * written,
        recorder_.Materialise(value, is_sequence ? c10::ListType::ofTensors() : nullptr));
    return NamedValue(written);
  }

 private:
  static bool HoldsTensors(const Value& value) {
    const auto* items = KnownItems(value);
    return items != nullptr && std::any_of(items->begin(), items->end(), Is<TensorValue>);
  }

  Recorder& recorder_;
};

// Tensors become inputs of a small graph that runs once.
class EagerWriter : public ArgumentWriter {
 public:
  explicit EagerWriter(Graph& graph) : graph_(graph) {}

  absl::StatusOr<NamedValue> Write(const Value& given) override {
    const Value value = WithNumbers(given);
    if (IsIndex(value)) return WriteIndex(*ObjectOf<List>(value));
    auto known = ToIValue(value);
    if (!known.has_value()) {
      SCONCE_RETURN_IF_ERROR(CheckKnownWithin(value));
      return Raised("TypeError",
                    absl::StrFormat("%s is no argument of a torch operator", Describe(value)));
    }
    if (!known->isTensor() && !known->isTensorList()) return NamedValue(*std::move(known));
    GraphValue* input = graph_.addInput();
    input->setType(known->isTensor() ? c10::TypePtr(c10::TensorType::get())
                                     : c10::TypePtr(c10::ListType::ofTensors()));
    inputs_.push_back(*std::move(known));
    return NamedValue(input);
  }

  std::vector<c10::IValue> TakeInputs() { return std::move(inputs_); }

 private:
  // (3, tensor(4)): sizes may be tensors of one whole number.
  static Value WithNumbers(const Value& value) {
    const auto* known = KnownItems(value);
    if (known == nullptr) return value;
    std::vector<Value> items = *known;
    const bool sizes = std::any_of(items.begin(), items.end(), Is<int64_t>);
    bool changed = false;
    for (Value& item : items) {
      const auto* tensor = std::get_if<TensorValue>(&item);
      if (!sizes || tensor == nullptr || tensor->tensor.numel() != 1 ||
          !at::isIntegralType(tensor->tensor.scalar_type(), false)) {
        continue;
      }
      item = tensor->tensor.item<int64_t>();
      changed = true;
    }
    return changed ? SequenceLike(value, std::move(items)) : value;
  }

  // [None, tensor]
  static bool IsIndex(const Value& value) {
    const List* list = ObjectOf<List>(value);
    if (list == nullptr) return false;
    const auto& items = list->items;
    return std::any_of(items.begin(), items.end(), Is<TensorValue>) &&
           std::any_of(items.begin(), items.end(), Is<None>) &&
           std::all_of(items.begin(), items.end(),
                       [](const Value& item) { return Is<None>(item) || Is<TensorValue>(item); });
  }

  absl::StatusOr<NamedValue> WriteIndex(const List& list) {
    std::vector<GraphValue*> values;
    for (const Value& item : list.items) {
      SCONCE_ASSIGN_OR_RETURN(const NamedValue written, Write(item));
      values.push_back(written.value(graph_));
    }
    return NamedValue(
        graph_.insertNode(graph_.createList(c10::OptionalType::ofTensor(), values))->output());
  }

  Graph& graph_;
  std::vector<c10::IValue> inputs_;
};

// The first line says what is wrong; the rest lists schemas and LibTorch's own sources.
std::string FirstLines(const std::string& text) {
  const size_t end = text.find("\n\n");
  std::string first = text.substr(0, std::min<size_t>(end, 600));
  while (!first.empty() && (first.back() == '\n' || first.back() == ':')) first.pop_back();
  while (!first.empty() && first.front() == '\n') first.erase(first.begin());
  return first;
}

// Python takes an int where an operator wants a float; TorchScript does not.
Value Widened(const Value& value, const c10::Type& type) {
  const c10::Type* wanted = &type;
  if (const auto* optional = type.castRaw<c10::OptionalType>()) {
    wanted = optional->getElementType().get();
  }
  if (wanted->kind() == c10::TypeKind::FloatType && Is<int64_t>(value)) return NumberOf(value);
  const auto* list = wanted->castRaw<c10::ListType>();
  if (list == nullptr || list->getElementType()->kind() != c10::TypeKind::FloatType) return value;
  std::vector<Value> items;
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) items = tuple->items;
  if (const List* known = ObjectOf<List>(value)) items = known->items;
  for (Value& item : items) item = Widened(item, *list->getElementType());
  return items.empty() ? value : ListOf(std::move(items));
}

// The arguments as the operator's schemas take them, where that changes any.
std::vector<Arguments> WidenedArguments(const std::string& name, const Arguments& arguments) {
  std::vector<Arguments> ways;
  for (const auto& op : torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(name))) {
    const auto& parameters = op->schema().arguments();
    Arguments widened = arguments;
    bool changed = false;
    const auto widen = [&](Value& value, const c10::Type& type) {
      Value wide = Widened(value, type);
      changed |= wide.index() != value.index() || ObjectOf<List>(wide) != ObjectOf<List>(value);
      value = std::move(wide);
    };
    for (size_t i = 0; i < std::min(widened.positional.size(), parameters.size()); ++i) {
      widen(widened.positional[i], *parameters[i].type());
    }
    for (auto& [keyword, value] : widened.keywords) {
      for (const c10::Argument& parameter : parameters) {
        if (parameter.name() == keyword) widen(value, *parameter.type());
      }
    }
    if (changed) ways.push_back(std::move(widened));
  }
  return ways;
}

absl::StatusOr<GraphValue*> Emit(const std::string& name, const Arguments& arguments,
                                 ArgumentWriter& writer, Graph& graph,
                                 const torch::jit::SourceRange& range) {
  SCONCE_ASSIGN_OR_RETURN(const auto positional, writer.WriteAll(arguments.positional));
  SCONCE_ASSIGN_OR_RETURN(const auto keywords, writer.WriteAll(arguments.keywords, graph));
  try {
    return torch::jit::emitBuiltinCall(range, graph, c10::Symbol::fromQualString(name), positional,
                                       keywords);
  } catch (const std::exception& e) {
    std::string types;
    for (const Value& value : arguments.positional) {
      types += (types.empty() ? "" : ", ") + Describe(value);
    }
    for (const auto& [keyword, value] : arguments.keywords) {
      types += (types.empty() ? "" : ", ") + keyword + "=" + Describe(value);
    }
    return Raised("TypeError",
                  absl::StrFormat("torch's %s does not take (%s): %s",
                                  name.substr(name.find("::") + 2), types, FirstLines(e.what())));
  }
}

// What torch's functions call an argument besides its operator's own name for it, as NumPy does.
constexpr std::pair<std::string_view, std::string_view> kAliases[] = {
    {"input", "self"}, {"axis", "dim"}, {"keepdims", "keepdim"}, {"x2", "other"}};

bool HasArgument(const std::string& operator_name, std::string_view argument) {
  const auto operators = torch::jit::getAllOperatorsFor(c10::Symbol::fromQualString(operator_name));
  return std::any_of(operators.begin(), operators.end(), [&](const auto& op) {
    const auto& parameters = op->schema().arguments();
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const c10::Argument& each) { return each.name() == argument; });
  });
}

// Whether any argument had another name, or said nothing.
bool RenameArguments(const std::string& operator_name, Arguments& arguments) {
  // out=None
  bool renamed = std::erase_if(arguments.keywords, [](const auto& each) {
                   return each.first == "out" && Is<None>(each.second);
                 }) > 0;
  for (auto& [name, value] : arguments.keywords) {
    for (const auto& [alias, own] : kAliases) {
      if (name != alias || !HasArgument(operator_name, own)) continue;
      name = std::string(own);
      renamed = true;
    }
  }
  return renamed;
}

bool IsOptionalArgument(const Value& value) {
  return IsGraphKind(value, c10::TypeKind::OptionalType);
}

bool HasOptional(const Arguments& arguments) {
  const auto& keywords = arguments.keywords;
  return std::any_of(arguments.positional.begin(), arguments.positional.end(),
                     IsOptionalArgument) ||
         std::any_of(keywords.begin(), keywords.end(),
                     [](const auto& keyword) { return IsOptionalArgument(keyword.second); });
}

absl::StatusOr<Arguments> PresentArguments(Interpreter& interpreter, Arguments arguments) {
  for (Value& value : arguments.positional) {
    SCONCE_ASSIGN_OR_RETURN(value, interpreter.Present(value));
  }
  for (auto& [name, value] : arguments.keywords) {
    SCONCE_ASSIGN_OR_RETURN(value, interpreter.Present(value));
  }
  return arguments;
}

// Several results get the names that the operator's schema gives them.
std::shared_ptr<const std::vector<std::string>> ResultNames(const GraphValue& result) {
  const torch::jit::Node* tuple = result.node();
  if (tuple->kind() != torch::jit::prim::TupleConstruct || tuple->inputs().empty()) return nullptr;
  const torch::jit::FunctionSchema* schema = tuple->inputs()[0]->node()->maybeSchema();
  if (schema == nullptr || schema->returns().size() != tuple->inputs().size()) return nullptr;
  std::vector<std::string> names;
  for (const c10::Argument& each : schema->returns()) names.push_back(each.name());
  return std::make_shared<const std::vector<std::string>>(std::move(names));
}

Value WithNames(const Value& results, std::shared_ptr<const std::vector<std::string>> names) {
  const Tuple* tuple = ObjectOf<Tuple>(results);
  if (tuple == nullptr || names == nullptr || names->size() != tuple->items.size()) return results;
  Tuple named = *tuple;
  named.result_names = std::move(names);
  return Own(std::move(named));
}

absl::StatusOr<Value> RunOnce(std::shared_ptr<Graph> graph, std::vector<c10::IValue> stack) {
  try {
    const at::NoGradGuard no_grad;
    torch::jit::Code code(graph, "operator");
    torch::jit::InterpreterState(code).run(stack);
  } catch (const std::exception& e) {
    return Raised("RuntimeError", FirstLines(e.what()));
  }
  return stack.size() == 1 ? FromIValue(stack.front()) : Value(None());
}

}  // namespace

bool Interpreter::IsArray(const Value& value) const {
  if (const auto* tensor = std::get_if<TensorValue>(&value)) return tensor->is_array;
  const auto* symbol = std::get_if<Symbol>(&value);
  return symbol != nullptr && symbol->is_array;
}

namespace {

// Of a tensor; anything else is as it is.
Value Marked(const Value& value, bool is_array) {
  if (const auto* tensor = std::get_if<TensorValue>(&value)) {
    return TensorValue{tensor->tensor, !is_array && tensor->is_parameter, tensor->is_buffer,
                       is_array};
  }
  const auto* symbol = std::get_if<Symbol>(&value);
  const bool is_tensor =
      symbol != nullptr && symbol->value->type()->kind() == c10::TypeKind::TensorType;
  return is_tensor ? Symbol{symbol->value, is_array} : value;
}

}  // namespace

Value Interpreter::AsArray(const Value& value, bool is_array) {
  const Tuple* tuple = ObjectOf<Tuple>(value);
  if (tuple == nullptr || tuple->type != nullptr) return Marked(value, is_array);
  std::vector<Value> items;
  for (const Value& item : tuple->items) items.push_back(Marked(item, is_array));
  return TupleOf(std::move(items));
}

absl::StatusOr<Value> Interpreter::CallOperator(const std::string& name,
                                                const Arguments& arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Value result, CallAnyWay(name, arguments));
  const auto of_tensors = [&](const auto& test) {
    return std::count_if(arguments.positional.begin(), arguments.positional.end(), test);
  };
  const auto arrays = of_tensors([&](const Value& value) { return IsArray(value); });
  const bool all = arrays > 0 && arrays == of_tensors([](const Value& value) {
                                   const std::string type = TypeName(value);
                                   return type == "Tensor" || type == "Parameter";
                                 });
  return all ? AsArray(result, true) : result;
}

absl::StatusOr<Value> Interpreter::CallAnyWay(const std::string& name, const Arguments& arguments) {
  auto result = CallAsGiven(name, arguments);
  if (result.ok() || RaisedClass(result.status()) != "TypeError") return result;
  if (Arguments renamed = arguments; RenameArguments(name, renamed)) {
    return CallAnyWay(name, renamed);
  }
  if (HasOptional(arguments)) {
    SCONCE_ASSIGN_OR_RETURN(const Arguments present, PresentArguments(*this, arguments));
    return CallAnyWay(name, present);
  }
  for (const Arguments& way : WidenedArguments(name, arguments)) {
    auto retried = CallAsGiven(name, way);
    if (retried.ok()) return retried;
  }
  return result;
}

// Sizes that are asked for: zeros(n, m), x.repeat(n). Each byte of a tensor costs as much as one
// element here at least.
absl::Status Interpreter::CheckSizes(const std::string& operator_name,
                                     const Arguments& arguments) const {
  if (absl::StartsWith(operator_name, "aten::empty")) return absl::OkStatus();
  double elements = 1;
  const auto count = [&](const Value& value) {
    const auto* size = std::get_if<int64_t>(&value);
    if (size != nullptr && *size > 1) elements *= static_cast<double>(*size);
  };
  for (const Value& value : arguments.positional) {
    count(value);
    const auto* sizes = KnownItems(value);
    if (sizes == nullptr) continue;
    double product = std::exchange(elements, 1);
    for (const Value& size : *sizes) count(size);
    // Data of a tensor, not its sizes, is as long as it is.
    elements = operator_name == "aten::tensor" ? product : product * elements;
  }
  if (elements <= static_cast<double>(limits_.tensor_bytes)) return absl::OkStatus();
  return Raised("MemoryError", absl::StrFormat("%s of a tensor that is too large to be computed "
                                               "while a model is built",
                                               operator_name));
}

absl::Status Interpreter::CountBytes(const std::string& operator_name, const Value& result) {
  const auto* tensor = std::get_if<TensorValue>(&result);
  if (tensor == nullptr || absl::StartsWith(operator_name, "aten::empty")) return absl::OkStatus();
  tensor_bytes_ += tensor->tensor.nbytes();
  if (tensor_bytes_ <= limits_.tensor_bytes) return absl::OkStatus();
  return Raised("MemoryError", absl::StrFormat("more than %d MiB of tensors are computed while the "
                                               "model is built",
                                               limits_.tensor_bytes >> 20));
}

absl::StatusOr<Value> Interpreter::CallAsGiven(const std::string& name,
                                               const Arguments& arguments) {
  if (recorder_ != nullptr) {
    constexpr uint64_t kStepsOfNode = 31;  // what a node of the graph costs, in time and memory
    SCONCE_RETURN_IF_ERROR(Step(kStepsOfNode));
    if (recorder_->is_at_top()) unset_tensors_.Overwrite(name, arguments.positional);
    RecordingWriter writer(*recorder_);
    SCONCE_ASSIGN_OR_RETURN(GraphValue * result,
                            Emit(name, arguments, writer, recorder_->graph(), CurrentRange()));
    auto names = ResultNames(*result);
    return WithNames(recorder_->FromGraph(result), std::move(names));
  }
  for (const Value& value : arguments.positional) {
    const Unknown* unknown = ObjectOf<Unknown>(value);
    if (unknown != nullptr && unknown->is_file) return value;
  }
  SCONCE_RETURN_IF_ERROR(CheckSizes(name, arguments));
  auto graph = std::make_shared<Graph>();
  EagerWriter writer(*graph);
  SCONCE_ASSIGN_OR_RETURN(GraphValue * result,
                          Emit(name, arguments, writer, *graph, CurrentRange()));
  graph->registerOutput(result);
  auto names = ResultNames(*result);
  SCONCE_ASSIGN_OR_RETURN(Value computed, RunOnce(std::move(graph), writer.TakeInputs()));
  SCONCE_RETURN_IF_ERROR(CountBytes(name, computed));
  unset_tensors_.Follow(name, arguments.positional, computed);
  return WithNames(computed, std::move(names));
}

}  // namespace sconce::python
