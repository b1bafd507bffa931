#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "server/frontend/python_source/syntax/operator_names.h"
#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {
namespace {

std::optional<CompareOperator> FindCompareOperator(std::string_view token) {
  using O = CompareOperator;
  static const auto* const kOperators = new absl::flat_hash_map<std::string_view, O>{
      {"==", O::kEqual},  {"!=", O::kNotEqual},     {"<", O::kLess}, {"<=", O::kLessEqual},
      {">", O::kGreater}, {">=", O::kGreaterEqual}, {"is", O::kIs},  {"is not", O::kIsNot},
      {"in", O::kIn},     {"not in", O::kNotIn}};
  const auto found = kOperators->find(token);
  if (found == kOperators->end()) return std::nullopt;
  return found->second;
}

bool BindsWrongly(BinaryOperator op) {
  return op == BinaryOperator::kBitAnd || op == BinaryOperator::kBitXor;
}

}  // namespace

std::optional<BinaryOperator> FindBinaryOperator(std::string_view token) {
  using O = BinaryOperator;
  static const auto* const kOperators = new absl::flat_hash_map<std::string_view, O>{
      {"+", O::kAdd},          {"-", O::kSubtract}, {"*", O::kMultiply}, {"/", O::kDivide},
      {"//", O::kFloorDivide}, {"%", O::kModulo},   {"**", O::kPower},   {"@", O::kMatrixMultiply},
      {"&", O::kBitAnd},       {"|", O::kBitOr},    {"^", O::kBitXor},   {"<<", O::kLeftShift},
      {">>", O::kRightShift}};
  const auto found = kOperators->find(token);
  if (found == kOperators->end()) return std::nullopt;
  return found->second;
}

ExprPtr TreeReader::ReadUnary(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  const std::string_view token = Field(children, "operator", node).text();
  if (token == "*") {  // see WithGrammarHelped
    if (node.begin() != star_at_) return FailExpr(node, "a star is not possible here");
    return FieldExpr(children, "argument", node);
  }
  const UnaryOperator op = token == "-"   ? UnaryOperator::kMinus
                           : token == "+" ? UnaryOperator::kPlus
                                          : UnaryOperator::kInvert;
  return MakeExpr(node, Unary{op, FieldExpr(children, "argument", node)});
}

ExprPtr TreeReader::ReadNot(const SyntaxNode& node) {
  return MakeExpr(node, Unary{UnaryOperator::kNot, FieldExpr(node.Children(), "argument", node)});
}

ExprPtr TreeReader::ReadBinary(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  const SyntaxNode& token = Field(children, "operator", node);
  const std::optional<BinaryOperator> op = FindBinaryOperator(token.type());
  if (!op) return FailExpr(token, "this is no operator");
  if (BindsWrongly(*op)) return ReadBitwise(node);
  ExprPtr left = FieldExpr(children, "left", node);
  return MakeExpr(node, Binary{*op, std::move(left), FieldExpr(children, "right", node)});
}

// To the grammar "^" binds stronger than "&"; to Python it is the other way round. Takes a chain of
// both apart and puts it together again.
ExprPtr TreeReader::ReadBitwise(const SyntaxNode& node) {
  SyntaxNodes operands;
  std::vector<bool> is_and;  // of the operator behind each operand
  SyntaxNodes pending{node};
  while (!pending.empty()) {
    const SyntaxNode next = pending.back();
    pending.pop_back();
    const SyntaxNodes parts = next.Children();
    const SyntaxNode* token = FindField(parts, "operator");
    const auto op = token == nullptr ? std::nullopt : FindBinaryOperator(token->type());
    if (next.field() == "operator") {
      is_and.push_back(next.Is("&"));
    } else if (next.Is("binary_operator") && op && BindsWrongly(*op)) {
      pending.insert(pending.end(), parts.rbegin(), parts.rend());
    } else {
      operands.push_back(next);
    }
  }
  return JoinBitwise(node, operands, is_and);
}

ExprPtr TreeReader::JoinBitwise(const SyntaxNode& node, const SyntaxNodes& operands,
                                const std::vector<bool>& is_and) {
  const Level level(depth_, static_cast<int>(operands.size()));
  if (TooDeep(node) || operands.size() != is_and.size() + 1) return FailExpr(node, "no operation");
  ExprPtr whole;  // what "^" has joined so far
  ExprPtr term;   // what "&" has joined behind it
  const auto join = [&](BinaryOperator op, ExprPtr left, ExprPtr right) {
    Position at = left->at;
    at.end_line = right->at.end_line;
    at.end_column = right->at.end_column;
    return std::make_unique<Expr>(Expr{at, Binary{op, std::move(left), std::move(right)}});
  };
  const auto add_term = [&] {
    whole = whole == nullptr ? std::move(term)
                             : join(BinaryOperator::kBitXor, std::move(whole), std::move(term));
  };
  for (size_t i = 0; i < operands.size(); ++i) {
    ExprPtr operand = ReadExpr(operands[i]);
    if (i > 0 && is_and[i - 1]) {
      term = join(BinaryOperator::kBitAnd, std::move(term), std::move(operand));
    } else {
      if (i > 0) add_term();
      term = std::move(operand);
    }
  }
  add_term();
  return whole;
}

// a and b and c is (a and b) and c to the grammar.
ExprPtr TreeReader::ReadBoolOperation(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  const std::string_view op = Field(children, "operator", node).type();
  std::vector<ExprPtr> operands;
  operands.push_back(FieldExpr(children, "right", node));
  SyntaxNode left = Field(children, "left", node);
  while (left.Is("boolean_operator") && !failed()) {
    const SyntaxNodes inner = left.Children();
    if (Field(inner, "operator", left).type() != op) break;
    operands.push_back(FieldExpr(inner, "right", left));
    left = SyntaxNode(Field(inner, "left", left));
  }
  operands.push_back(ReadExpr(left));
  std::reverse(operands.begin(), operands.end());
  return MakeExpr(node, BoolOperation{op == "and", std::move(operands)});
}

ExprPtr TreeReader::ReadCompare(const SyntaxNode& node) {
  Compare compare;
  for (const SyntaxNode& child : node.Children()) {
    if (child.field() != "operators") {
      compare.operands.push_back(ReadExpr(child));
    } else if (const auto op = FindCompareOperator(child.type())) {
      compare.operators.push_back(*op);
    } else {
      return FailExpr(child, "\"<>\" is an operator of Python 2");
    }
  }
  if (compare.operands.size() != compare.operators.size() + 1) {
    return FailExpr(node, "this is no comparison");
  }
  return MakeExpr(node, std::move(compare));
}

}  // namespace sconce::python
