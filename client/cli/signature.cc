#include "client/cli/signature.h"

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace sconce::cli {
namespace {

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// "List[int]" of "Optional[List[int]]".
std::string_view WithoutOptional(std::string_view type) {
  constexpr std::string_view kOptional = "Optional[";
  if (!StartsWith(type, kOptional) || type.back() != ']') return type;
  return type.substr(kOptional.size(), type.size() - kOptional.size() - 1);
}

bool IsTensorContainer(std::string_view type) {
  return StartsWith(type, "List[Tensor") || StartsWith(type, "Tuple[") || StartsWith(type, "Dict[");
}

// Numbers that are no tensors take any integer or float type; the widest loses nothing.
std::string DatatypeOfType(std::string_view type) {
  if (type == "int" || type == "List[int]") return "INT64";
  if (type == "float" || type == "List[float]") return "FP64";
  if (type == "bool" || type == "List[bool]") return "BOOL";
  if (type == "str" || type == "List[str]") return "BYTES";
  return "";
}

std::string ArgumentDatatype(const v1::Argument& argument) {
  if (!argument.tensor().datatype().empty()) return argument.tensor().datatype();
  return DatatypeOfType(WithoutOptional(argument.type()));
}

size_t CountTensors(std::string_view type) {
  constexpr std::string_view kTensor = "Tensor";
  size_t count = 0;
  for (size_t at = type.find(kTensor); at != std::string_view::npos;
       at = type.find(kTensor, at + kTensor.size())) {
    ++count;
  }
  return count;
}

std::vector<std::string> WireNames(const v1::Argument& argument) {
  const std::string& name = argument.tensor().name();
  const std::string_view type = WithoutOptional(argument.type());
  if (StartsWith(type, "Dict[")) return {name + ".key"};
  if (StartsWith(type, "List[Tensor")) return {name + ".0"};
  if (!StartsWith(type, "Tuple[")) return {name};
  std::vector<std::string> names;
  for (size_t i = 0; i < CountTensors(type); ++i) names.push_back(name + "." + std::to_string(i));
  return names;
}

ExampleInput ExampleOf(const v1::Argument& argument, std::string name) {
  ExampleInput example{std::move(name), ArgumentDatatype(argument), {}, false};
  const v1::TensorSpec& spec = argument.tensor();
  const std::string_view type = WithoutOptional(argument.type());
  const bool is_tensor = type == "Tensor" || IsTensorContainer(type);
  if (spec.has_shape()) {
    for (int i = 0; i < spec.shape_size(); ++i) {
      const bool any = spec.shape(i) < 0;
      example.shape.push_back(any ? 1 : spec.shape(i));
      // Any number of rows will do; a picture of one pixel may not.
      example.guessed = example.guessed || (any && i > 0);
    }
  } else {
    example.shape = {1};
    example.guessed = is_tensor;
  }
  if (example.datatype.empty()) {
    example.datatype = "FP32";
    example.guessed = true;
  }
  return example;
}

}  // namespace

absl::StatusOr<v1::MethodSignature> FindMethod(const v1::ModelVersion& model,
                                               const std::string& name) {
  const std::string wanted = name.empty() ? "forward" : name;
  for (const v1::MethodSignature& method : model.methods()) {
    if (method.name() == wanted) return method;
  }
  if (name.empty() && !model.methods().empty()) return model.methods(0);
  const std::string known = absl::StrJoin(
      model.methods(), ", ",
      [](std::string* out, const v1::MethodSignature& method) { out->append(method.name()); });
  return absl::NotFoundError(absl::StrFormat("%s version %d has no method '%s' (it has: %s)",
                                             model.name(), model.version(), wanted,
                                             known.empty() ? "none" : known));
}

std::string InputDatatype(const v1::MethodSignature& method, std::string_view name) {
  for (const v1::Argument& argument : method.inputs()) {
    const std::string& base = argument.tensor().name();
    const bool element =
        IsTensorContainer(WithoutOptional(argument.type())) && StartsWith(name, base + ".");
    if (name == base || element) return ArgumentDatatype(argument);
  }
  return "";
}

std::vector<ExampleInput> ExampleInputs(const v1::MethodSignature& method) {
  std::vector<ExampleInput> examples;
  for (const v1::Argument& argument : method.inputs()) {
    if (argument.optional()) continue;
    for (std::string& name : WireNames(argument)) {
      examples.push_back(ExampleOf(argument, std::move(name)));
    }
  }
  return examples;
}

}  // namespace sconce::cli
