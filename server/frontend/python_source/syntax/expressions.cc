// Names, constants, calls and what else is no operator, display or string.

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {

TreeReader::ExprReader TreeReader::FindExprReader(std::string_view type) {
  using R = TreeReader;
  static const auto* const kReaders = new absl::flat_hash_map<std::string_view, ExprReader>{
      {"identifier", &R::ReadName},
      {"integer", &R::ReadNumber},
      {"float", &R::ReadNumber},
      {"true", &R::ReadConstant},
      {"false", &R::ReadConstant},
      {"none", &R::ReadConstant},
      {"ellipsis", &R::ReadConstant},
      {"string", &R::ReadString},
      {"concatenated_string", &R::ReadString},
      {"attribute", &R::ReadAttribute},
      {"subscript", &R::ReadSubscript},
      {"slice", &R::ReadSlice},
      {"call", &R::ReadCall},
      {"lambda", &R::ReadLambda},
      {"conditional_expression", &R::ReadConditional},
      {"named_expression", &R::ReadNamedExpr},
      {"await", &R::ReadAwait},
      {"yield", &R::ReadYield},
      {"list_splat", &R::ReadStarred},
      {"list_splat_pattern", &R::ReadStarred},
      {"splat_type", &R::ReadStarred},
      {"as_pattern", &R::ReadMisplacedAs},
      {"as_pattern_target", &R::ReadInner},
      {"unary_operator", &R::ReadUnary},
      {"not_operator", &R::ReadNot},
      {"binary_operator", &R::ReadBinary},
      {"boolean_operator", &R::ReadBoolOperation},
      {"comparison_operator", &R::ReadCompare},
      {"parenthesized_expression", &R::ReadParenthesized},
      {"tuple", &R::ReadClosedTuple},
      {"expression_list", &R::ReadTuple},
      {"pattern_list", &R::ReadTuple},
      {"tuple_pattern", &R::ReadClosedTuple},
      {"list", &R::ReadList},
      {"list_pattern", &R::ReadList},
      {"set", &R::ReadSet},
      {"dictionary", &R::ReadDict},
      {"list_comprehension", &R::ReadComprehension},
      {"set_comprehension", &R::ReadComprehension},
      {"dictionary_comprehension", &R::ReadComprehension},
      {"generator_expression", &R::ReadComprehension},
      {"type", &R::ReadInner},
      {"generic_type", &R::ReadGenericType},
      {"union_type", &R::ReadUnionType},
      {"member_type", &R::ReadMemberType},
      {"constrained_type", &R::ReadNoType},
  };
  const auto found = kReaders->find(type);
  return found == kReaders->end() ? nullptr : found->second;
}

ExprPtr TreeReader::ReadExpr(const SyntaxNode& node) {
  const Level level(depth_);
  if (TooDeep(node)) return MakeExpr(node, NoneLiteral{});
  const ExprReader reader = FindExprReader(node.type());
  if (reader == nullptr) return FailExpr(node, "an expression is expected here");
  return (this->*reader)(node);
}

ExprPtr TreeReader::ReadInner(const SyntaxNode& node) {
  const SyntaxNodes children = node.NamedChildren();
  if (children.size() != 1) return FailExpr(node, "one expression is expected here");
  return ReadExpr(children[0]);
}

ExprPtr TreeReader::ReadName(const SyntaxNode& node) {
  return MakeExpr(node, Name{Identifier(node)});
}

ExprPtr TreeReader::ReadNumber(const SyntaxNode& node) {
  const NumberLiteral number = ParseNumber(node.text());
  if (const auto* integer = std::get_if<IntLiteral>(&number)) return MakeExpr(node, *integer);
  if (const auto* real = std::get_if<FloatLiteral>(&number)) return MakeExpr(node, *real);
  if (const auto* complex = std::get_if<ComplexLiteral>(&number)) return MakeExpr(node, *complex);
  if (std::get<LiteralProblem>(number) == LiteralProblem::kTooLarge) {
    return MakeExpr(node, UnsupportedExpr{"integer of more than 64 bits"});
  }
  return FailExpr(node, "this is not a number of Python 3");
}

ExprPtr TreeReader::ReadConstant(const SyntaxNode& node) {
  if (node.Is("none")) return MakeExpr(node, NoneLiteral{});
  if (node.Is("ellipsis")) return MakeExpr(node, EllipsisLiteral{});
  return MakeExpr(node, BoolLiteral{node.Is("true")});
}

ExprPtr TreeReader::ReadAttribute(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  ExprPtr object = FieldExpr(children, "object", node);
  return MakeExpr(node,
                  Attribute{std::move(object), Identifier(Field(children, "attribute", node))});
}

ExprPtr TreeReader::ReadSubscript(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  ExprPtr value = FieldExpr(children, "value", node);
  const Level level(nesting_);
  ExprPtr index = ReadIndex(node, children);
  return MakeExpr(node, Subscript{std::move(value), std::move(index)});
}

ExprPtr TreeReader::ReadIndex(const SyntaxNode& subscript, const SyntaxNodes& children) {
  SyntaxNodes indices;
  for (const SyntaxNode& child : children) {
    if (child.field() == "subscript" && child.named()) indices.push_back(child);
  }
  if (indices.empty()) return FailExpr(subscript, "an index is missing");
  ExprPtr first = ReadElement(indices[0]);
  const bool tuple =
      FindType(children, ",") != nullptr || std::holds_alternative<Starred>(first->node);
  if (!tuple) return first;
  TupleDisplay display;
  display.elements.push_back(std::move(first));
  for (size_t i = 1; i < indices.size(); ++i) display.elements.push_back(ReadElement(indices[i]));
  return MakeExpr(indices[0], std::move(display));
}

ExprPtr TreeReader::ReadSlice(const SyntaxNode& node) {
  ExprPtr parts[3];
  size_t part = 0;
  for (const SyntaxNode& child : node.Children()) {
    if (child.Is(":")) {
      ++part;
    } else if (part < 3) {
      parts[part] = ReadExpr(child);
    }
  }
  return MakeExpr(node, Slice{std::move(parts[0]), std::move(parts[1]), std::move(parts[2])});
}

ExprPtr TreeReader::ReadCall(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  Call call;
  call.function = FieldExpr(children, "function", node);
  const SyntaxNode& arguments = Field(children, "arguments", node);
  if (arguments.Is("generator_expression")) {
    call.arguments.push_back(ReadExpr(arguments));
  } else {
    ReadArguments(arguments, call.arguments, call.keywords);
  }
  return MakeExpr(node, std::move(call));
}

void TreeReader::ReadArguments(const SyntaxNode& node, std::vector<ExprPtr>& positional,
                               std::vector<Keyword>& keywords) {
  const Level level(nesting_);
  for (const SyntaxNode& child : node.NamedChildren()) {
    if (child.Is("keyword_argument")) {
      const SyntaxNodes parts = child.Children();
      std::string name = Identifier(Field(parts, "name", child));
      keywords.push_back({std::move(name), FieldExpr(parts, "value", child)});
    } else if (child.Is("dictionary_splat")) {
      keywords.push_back({"", ReadInner(child)});
    } else {
      positional.push_back(ReadElement(child));
      const bool starred = std::holds_alternative<Starred>(positional.back()->node);
      if (!starred && !keywords.empty()) {
        Fail(child.position(), "a positional argument follows one with a name");
      }
    }
  }
}

ExprPtr TreeReader::ReadLambda(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  std::vector<Parameter> parameters = ReadParameters(FindField(children, "parameters"));
  const bool outer_yields = yields_;
  ExprPtr body = FieldExpr(children, "body", node);
  yields_ = outer_yields;
  return MakeExpr(node, Lambda{std::move(parameters), std::move(body)});
}

ExprPtr TreeReader::ReadConditional(const SyntaxNode& node) {
  const SyntaxNodes parts = node.NamedChildren();
  if (parts.size() != 3) return FailExpr(node, "this is not: a if b else c");
  ExprPtr then = ReadExpr(parts[0]);
  ExprPtr test = ReadExpr(parts[1]);
  ExprPtr otherwise = ReadExpr(parts[2]);
  // x := a if b else c is (x := a) if b else c to the grammar.
  auto* named = parts[0].Is("named_expression") ? std::get_if<NamedExpr>(&then->node) : nullptr;
  if (named == nullptr) {
    return MakeExpr(node, Conditional{std::move(test), std::move(then), std::move(otherwise)});
  }
  ExprPtr value = std::exchange(named->value, nullptr);
  named->value =
      MakeExpr(node, Conditional{std::move(test), std::move(value), std::move(otherwise)});
  return then;
}

ExprPtr TreeReader::ReadNamedExpr(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  std::string name = Identifier(Field(children, "name", node));
  return MakeExpr(node, NamedExpr{std::move(name), FieldExpr(children, "value", node)});
}

ExprPtr TreeReader::ReadAwait(const SyntaxNode& node) {
  return MakeExpr(node, UnsupportedExpr{"await"});
}

ExprPtr TreeReader::ReadYield(const SyntaxNode& node) {
  yields_ = true;
  const SyntaxNodes values = node.NamedChildren();
  const bool from = FindType(node.Children(), "from") != nullptr;
  return MakeExpr(node, Yield{OptionalExpr(values.empty() ? nullptr : &values[0]), from});
}

ExprPtr TreeReader::ReadStarred(const SyntaxNode& node) {
  if (node.begin() != star_at_) return FailExpr(node, "a star is not possible here");
  return ReadInner(node);
}

ExprPtr TreeReader::ReadMisplacedAs(const SyntaxNode& node) {
  if (node.end() != as_end_) return FailExpr(node, "\"as\" is not possible here");
  return ReadExpr(node.NamedChildren().at(0));
}

}  // namespace sconce::python
