#include "server/frontend/python_source/model/inputs.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/ivalue.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/model/annotation.h"

namespace sconce::python {
namespace {

c10::TypePtr TypeOfDefault(const Value& value) {
  if (Is<bool>(value)) return c10::BoolType::get();
  if (Is<int64_t>(value)) return c10::IntType::get();
  if (Is<double>(value)) return c10::FloatType::get();
  if (Is<std::string>(value)) return c10::StringType::get();
  if (Is<None>(value)) return c10::OptionalType::create(c10::TensorType::get());
  return nullptr;
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

}  // namespace

c10::TypePtr SeemingType(const Function& forward, size_t i) {
  const Parameter& parameter = (*forward.parameters)[i];
  c10::TypePtr type =
      parameter.annotation == nullptr ? nullptr : TypeOfAnnotation(*parameter.annotation);
  return type == nullptr && forward.has_default[i] ? TypeOfDefault(forward.defaults[i]) : type;
}

bool TakesTensors(const c10::Type& type) {
  if (type.kind() == c10::TypeKind::TensorType) return true;
  const auto inner = type.containedTypes();
  return std::any_of(inner.begin(), inner.end(),
                     [](const c10::TypePtr& each) { return TakesTensors(*each); });
}

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
    if (input.type == nullptr) input.type = SeemingType(forward, i);
    const auto chosen = choices.find(parameter.name);
    const Choice choice = chosen == choices.end() ? Choice() : chosen->second;
    if (choice.type != nullptr) input.type = choice.type;
    if (forward.has_default[i]) {
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

}  // namespace sconce::python
