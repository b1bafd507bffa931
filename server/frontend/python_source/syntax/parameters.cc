// Parameters of functions and lambdas.

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {

std::vector<Parameter> TreeReader::ReadParameters(const SyntaxNode* node) {
  std::vector<Parameter> parameters;
  if (node == nullptr) return parameters;
  const Level level(nesting_);
  ParameterKind kind = ParameterKind::kPositionalOrKeyword;
  bool slash = false;
  for (const SyntaxNode& child : node->NamedChildren()) {
    if (child.Is("keyword_separator") || child.Is("positional_separator")) {
      const bool star = child.Is("keyword_separator");
      if (kind == ParameterKind::kKeywordOnly || (!star && (slash || parameters.empty()))) {
        Fail(child.position(), "this separator is not possible here");
      }
      if (star) {
        kind = ParameterKind::kKeywordOnly;
      } else {
        slash = true;
        for (Parameter& before : parameters) before.kind = ParameterKind::kPositionalOnly;
      }
      continue;
    }
    parameters.push_back(ReadParameter(child, kind));
    if (parameters.back().kind == ParameterKind::kVarPositional) {
      if (kind == ParameterKind::kKeywordOnly) Fail(child.position(), "a second * is not possible");
      kind = ParameterKind::kKeywordOnly;
    }
  }
  CheckParameters(*node, parameters);
  return parameters;
}

Parameter TreeReader::ReadParameter(const SyntaxNode& node, ParameterKind kind) {
  Parameter parameter{.name = "", .kind = kind, .annotation = nullptr, .default_value = nullptr};
  if (node.Is("tuple_pattern")) {
    Fail(node.position(), "this is Python 2; Python 3 has no tuples as parameters");
  } else if (node.Is("list_splat_pattern") || node.Is("dictionary_splat_pattern")) {
    parameter.kind =
        node.Is("list_splat_pattern") ? ParameterKind::kVarPositional : ParameterKind::kVarKeyword;
    const SyntaxNodes name = node.NamedChildren();
    parameter.name = Identifier(name.empty() ? node : name[0]);
  } else if (node.Is("identifier")) {
    parameter.name = Identifier(node);
  } else {  // "typed_parameter", "default_parameter", "typed_default_parameter"
    const SyntaxNodes children = node.Children();
    if (const SyntaxNode* name = FindField(children, "name"); name != nullptr) {
      parameter.name = Identifier(*name);
    } else if (!children.empty() && !children[0].Is("typed_parameter")) {
      parameter = ReadParameter(children[0], kind);
    }
    const SyntaxNode* type = FindField(children, "type");
    if (type != nullptr) parameter.annotation = ReadElement(*type);
    parameter.default_value = OptionalExpr(FindField(children, "value"));
  }
  return parameter;
}

void TreeReader::CheckParameters(const SyntaxNode& node, const std::vector<Parameter>& parameters) {
  absl::flat_hash_set<std::string_view> names;
  bool has_default = false;
  for (const Parameter& parameter : parameters) {
    if (!names.insert(parameter.name).second) {
      Fail(node.position(), absl::StrFormat("two parameters are named \"%s\"", parameter.name));
    }
    if (&parameter != &parameters.back() && parameter.kind == ParameterKind::kVarKeyword) {
      Fail(node.position(), "no parameter can follow one with **");
    }
    if (parameter.kind > ParameterKind::kPositionalOrKeyword) continue;
    if (has_default && parameter.default_value == nullptr) {
      Fail(node.position(),
           absl::StrFormat("parameter \"%s\" has no default and follows one that has",
                           parameter.name));
    }
    has_default = parameter.default_value != nullptr;
  }
}

}  // namespace sconce::python
