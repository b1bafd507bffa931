#include "server/frontend/python_source/interpreter/type_name.h"

#include <memory>

#include "absl/strings/str_format.h"

namespace sconce::python {
namespace {

struct Namer {
  std::string operator()(const None&) { return "NoneType"; }
  std::string operator()(const bool&) { return "bool"; }
  std::string operator()(const int64_t&) { return "int"; }
  std::string operator()(const double&) { return "float"; }
  std::string operator()(const std::complex<double>&) { return "complex"; }
  std::string operator()(const std::string&) { return "str"; }
  std::string operator()(const EllipsisValue&) { return "ellipsis"; }
  std::string operator()(const Dtype&) { return "dtype"; }
  std::string operator()(const c10::Device&) { return "device"; }
  std::string operator()(const TensorValue& tensor) {
    return tensor.is_parameter ? "Parameter" : "Tensor";
  }
  std::string operator()(const Symbol& symbol) {
    switch (symbol.value->type()->kind()) {
      case c10::TypeKind::TensorType:
        return "Tensor";
      case c10::TypeKind::ListType:
        return "list";
      case c10::TypeKind::StringType:
        return "str";
      default:
        return symbol.value->type()->annotation_str();
    }
  }
  std::string operator()(const std::shared_ptr<Tuple>& tuple) {
    return tuple->type == nullptr ? "tuple" : tuple->type->name;
  }
  std::string operator()(const std::shared_ptr<List>&) { return "list"; }
  std::string operator()(const Dict&) { return "dict"; }
  std::string operator()(const Set&) { return "set"; }
  std::string operator()(const std::shared_ptr<SliceValue>&) { return "slice"; }
  std::string operator()(const std::shared_ptr<Sequence>&) { return "sequence"; }
  std::string operator()(const std::shared_ptr<Function>&) { return "function"; }
  std::string operator()(const std::shared_ptr<BoundMethod>&) { return "method"; }
  std::string operator()(const std::shared_ptr<Builtin>&) { return "builtin_function_or_method"; }
  std::string operator()(const std::shared_ptr<Class>&) { return "type"; }
  std::string operator()(const std::shared_ptr<Instance>& instance) { return instance->type->name; }
  std::string operator()(const std::shared_ptr<Namespace>&) { return "module"; }
  std::string operator()(const std::shared_ptr<Descriptor>&) { return "property"; }
  std::string operator()(const std::shared_ptr<Unknown>&) { return "unknown"; }
};

}  // namespace

std::string TypeName(const Value& value) { return std::visit(Namer(), value); }

std::string Describe(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return absl::StrFormat("'%s'", text->substr(0, 40));
  }
  if (Is<None>(value)) return "None";
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "True" : "False";
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrFormat("%d", *number);
  if (const auto* number = std::get_if<double>(&value)) return absl::StrFormat("%g", *number);
  if (const Unknown* unknown = ObjectOf<Unknown>(value)) return unknown->name;
  if (const Class* type = ObjectOf<Class>(value)) return "class " + type->name;
  return TypeName(value);
}

}  // namespace sconce::python
