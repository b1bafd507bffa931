// SignatureOf: what a schema promises, in the protocol's terms.

#include <ATen/core/jit_type.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/runtime/argument_kind.h"
#include "server/runtime/output_names.h"
#include "server/runtime/python_text.h"
#include "server/runtime/schema.h"

namespace sconce {
namespace {

Argument Describe(const c10::Argument& schema, ArgumentKind kind) {
  Argument argument;
  argument.spec.name = schema.name();
  argument.kind = kind;
  argument.type = schema.type()->annotation_str();
  argument.optional = CanBeLeftOut(schema);
  if (argument.optional) {
    argument.default_text = PythonText(schema.default_value().value_or(c10::IValue()));
  }
  if (kind == ArgumentKind::kTensorTuple) {
    const c10::TypePtr type = WithoutOptional(schema.type());
    argument.tuple_size = type->expectRef<c10::TupleType>().elements().size();
  }
  return argument;
}

absl::StatusOr<std::vector<Argument>> DescribeInputs(const std::string& method,
                                                     const c10::FunctionSchema& schema) {
  std::vector<Argument> inputs;
  for (const c10::Argument* argument : OwnArguments(schema)) {
    if (const auto kind = KindOf(argument->type())) {
      inputs.push_back(Describe(*argument, *kind));
    } else if (!CanBeLeftOut(*argument)) {
      return absl::FailedPreconditionError(absl::StrFormat(
          "%s: argument %s has the type %s, which tensors of a request can't express. Possible are "
          "Tensor, int, float, bool, str, lists of these, Tuple[Tensor, ...], Dict[str, Tensor] "
          "and Optional of each; or give it a default.",
          method, argument->name(), argument->type()->annotation_str()));
    }
  }
  return inputs;
}

TensorSpec Leaf(const std::string& path, Datatype datatype, std::optional<int64_t> size) {
  TensorSpec spec{.name = OutputName(path), .datatype = datatype, .shape = {}};
  if (size) spec.shape = std::vector<int64_t>{*size};
  return spec;
}

std::optional<Datatype> DatatypeOfScalar(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::IntType:
      return Datatype::kInt64;
    case c10::TypeKind::FloatType:
      return Datatype::kFp64;
    case c10::TypeKind::BoolType:
      return Datatype::kBool;
    case c10::TypeKind::StringType:
      return Datatype::kBytes;
    default:
      return std::nullopt;
  }
}

bool AddOutputs(const c10::TypePtr& type, const std::string& path, std::vector<TensorSpec>& specs);

bool AddTuple(const c10::TupleType& tuple, const std::string& path,
              std::vector<TensorSpec>& specs) {
  const auto fields = tuple.names();
  for (size_t i = 0; i < tuple.elements().size(); ++i) {
    const std::string part = fields ? FieldPath(path, (*fields)[i]) : ElementPath(path, i);
    if (!AddOutputs(tuple.elements()[i], part, specs)) return false;
  }
  return true;
}

// False: how many outputs there will be, or their names, shows only in a run.
bool AddOutputs(const c10::TypePtr& type, const std::string& path, std::vector<TensorSpec>& specs) {
  const c10::TypePtr plain = WithoutOptional(type);
  if (plain->kind() == c10::TypeKind::TensorType) {
    specs.push_back(Leaf(path, Datatype::kUnknown, std::nullopt));
    return true;
  }
  if (plain->kind() == c10::TypeKind::TupleType) {
    return AddTuple(plain->expectRef<c10::TupleType>(), path, specs);
  }
  if (const auto scalar = DatatypeOfScalar(*plain)) {
    specs.push_back(Leaf(path, *scalar, 1));
    return true;
  }
  if (plain->kind() != c10::TypeKind::ListType) return false;
  const auto element = DatatypeOfScalar(*plain->expectRef<c10::ListType>().getElementType());
  if (element) specs.push_back(Leaf(path, *element, kAnySize));
  return element.has_value();
}

std::vector<TensorSpec> DescribeOutputs(const c10::FunctionSchema& schema) {
  std::vector<TensorSpec> specs;
  if (schema.returns().size() != 1 || !AddOutputs(schema.returns()[0].type(), "", specs)) return {};
  return specs;
}

}  // namespace

absl::StatusOr<Signature> SignatureOf(const std::string& method,
                                      const c10::FunctionSchema& schema) {
  Signature signature;
  signature.method = method;
  SCONCE_ASSIGN_OR_RETURN(signature.inputs, DescribeInputs(method, schema));
  signature.outputs = DescribeOutputs(schema);
  return signature;
}

}  // namespace sconce
