#include "server/runtime/signature.h"

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace sconce {
namespace {

std::string ArgumentText(const Argument& argument) {
  const bool plain = argument.kind == ArgumentKind::kTensor && !argument.optional;
  const std::string type = plain ? ToString(argument.spec) : argument.type;
  if (!argument.optional) return absl::StrFormat("%s: %s", argument.spec.name, type);
  return absl::StrFormat("%s: %s = %s", argument.spec.name, type, argument.default_text);
}

std::string OutputText(const TensorSpec& spec) {
  return absl::StrFormat("%s: %s", spec.name, ToString(spec));
}

template <typename Items, typename Text>
std::string JoinText(const Items& items, Text text) {
  return absl::StrJoin(items, ", ",
                       [text](std::string* out, const auto& item) { out->append(text(item)); });
}

}  // namespace

std::string ToString(const TensorSpec& spec) {
  const std::string_view datatype = DatatypeName(spec.datatype);
  if (datatype.empty() && !spec.shape) return "Tensor";
  return absl::StrFormat("%s[%s]", datatype.empty() ? "Tensor" : datatype,
                         spec.shape ? absl::StrJoin(*spec.shape, ",") : "...");
}

std::string ToString(const Signature& signature) {
  std::string text =
      absl::StrFormat("%s(%s)", signature.method, JoinText(signature.inputs, ArgumentText));
  if (signature.outputs.empty()) return text;
  return absl::StrFormat("%s -> (%s)", text, JoinText(signature.outputs, OutputText));
}

}  // namespace sconce
