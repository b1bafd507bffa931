// The syntax of Python as a tree of plain structs, as far as models use it. Made by ParsePython,
// walked by the interpreter. Follows Python's own `ast` module in names and shape:
// https://docs.python.org/3/library/ast.html

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_AST_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_AST_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sconce::python {

// Lines and columns count from 0; columns in bytes.
struct Position {
  uint32_t line = 0;
  uint32_t column = 0;
  uint32_t end_line = 0;
  uint32_t end_column = 0;
};

struct Expr;
struct Stmt;
using ExprPtr = std::unique_ptr<Expr>;  // never null unless said so
using StmtPtr = std::unique_ptr<Stmt>;
using Block = std::vector<StmtPtr>;

struct NoneLiteral {};
struct EllipsisLiteral {};
struct BoolLiteral {
  bool value;
};
// One beyond 64 bits is an UnsupportedExpr.
struct IntLiteral {
  int64_t value;
};
struct FloatLiteral {
  double value;
};
// 2j: the imaginary part.
struct ComplexLiteral {
  double imaginary;
};
// Escapes resolved; neighbouring literals joined.
struct StringLiteral {
  std::string value;
  bool bytes = false;
};
// f"…": literal texts are StringLiterals. `conversion` is 'r', 's', 'a' or 0.
struct FormattedValue {
  ExprPtr value;
  char conversion = 0;
  ExprPtr format;  // a StringLiteral or a FormattedString; null: none
};
struct FormattedString {
  std::vector<ExprPtr> parts;  // StringLiteral or FormattedValue
};
struct Name {
  std::string id;
};
struct Attribute {
  ExprPtr value;
  std::string name;
};
struct Subscript {
  ExprPtr value;
  ExprPtr index;  // a[1:2, 0]: a Tuple of a Slice and an IntLiteral
};
// Only as (part of) a Subscript's index. All three may be null.
struct Slice {
  ExprPtr lower;
  ExprPtr upper;
  ExprPtr step;
};
struct Starred {
  ExprPtr value;
};
struct Keyword {
  std::string name;  // empty: **value
  ExprPtr value;
};
struct Call {
  ExprPtr function;
  std::vector<ExprPtr> arguments;  // may be Starred
  std::vector<Keyword> keywords;
};
enum class UnaryOperator : uint8_t { kNot, kMinus, kPlus, kInvert };
struct Unary {
  UnaryOperator op;
  ExprPtr operand;
};
enum class BinaryOperator : uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kFloorDivide,
  kModulo,
  kPower,
  kMatrixMultiply,
  kBitAnd,
  kBitOr,
  kBitXor,
  kLeftShift,
  kRightShift
};
struct Binary {
  BinaryOperator op;
  ExprPtr left;
  ExprPtr right;
};
// a and b and c: one of three operands.
struct BoolOperation {
  bool is_and;
  std::vector<ExprPtr> operands;
};
enum class CompareOperator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIs,
  kIsNot,
  kIn,
  kNotIn
};
// a < b <= c: operators.size() + 1 == operands.size().
struct Compare {
  std::vector<ExprPtr> operands;
  std::vector<CompareOperator> operators;
};
struct Conditional {  // then if test else otherwise
  ExprPtr test;
  ExprPtr then;
  ExprPtr otherwise;
};
struct TupleDisplay {
  std::vector<ExprPtr> elements;  // may be Starred
};
struct ListDisplay {
  std::vector<ExprPtr> elements;
};
struct SetDisplay {
  std::vector<ExprPtr> elements;
};
struct DictEntry {
  ExprPtr key;  // null: **value
  ExprPtr value;
};
struct DictDisplay {
  std::vector<DictEntry> entries;
};
struct ComprehensionClause {  // for target in iterable if … if …
  ExprPtr target;
  ExprPtr iterable;
  std::vector<ExprPtr> conditions;
};
enum class ComprehensionKind : uint8_t { kList, kSet, kDict, kGenerator };
struct Comprehension {
  ComprehensionKind kind;
  ExprPtr element;  // of a dict: the key
  ExprPtr value;    // of a dict; else null
  std::vector<ComprehensionClause> clauses;
};
struct NamedExpr {  // (name := value)
  std::string name;
  ExprPtr value;
};
// Parameters in the order of the definition.
enum class ParameterKind : uint8_t {
  kPositionalOnly,
  kPositionalOrKeyword,
  kVarPositional,  // *args
  kKeywordOnly,
  kVarKeyword  // **kwargs
};
struct Parameter {
  std::string name;
  ParameterKind kind = ParameterKind::kPositionalOrKeyword;
  ExprPtr annotation;     // may be null
  ExprPtr default_value;  // may be null
};
struct Lambda {
  std::vector<Parameter> parameters;
  ExprPtr body;
};
struct Yield {
  ExprPtr value;      // may be null
  bool from = false;  // yield from value
};
// What is sound Python and not of this subset (await, match, …): refused when it is reached, not
// before, because most code of a file is never needed.
struct UnsupportedExpr {
  std::string what;  // "await"
};

struct Expr {
  Position at;
  std::variant<NoneLiteral, EllipsisLiteral, BoolLiteral, IntLiteral, FloatLiteral, ComplexLiteral,
               StringLiteral, FormattedValue, FormattedString, Name, Attribute, Subscript, Slice,
               Starred, Call, Unary, Binary, BoolOperation, Compare, Conditional, TupleDisplay,
               ListDisplay, SetDisplay, DictDisplay, Comprehension, NamedExpr, Lambda, Yield,
               UnsupportedExpr>
      node;
};

struct ExprStmt {
  ExprPtr value;
};
struct Assign {  // a = b = value: two targets
  std::vector<ExprPtr> targets;
  ExprPtr value;
};
struct AnnotatedAssign {
  ExprPtr target;
  ExprPtr annotation;
  ExprPtr value;  // may be null
};
struct AugmentedAssign {
  ExprPtr target;
  BinaryOperator op;
  ExprPtr value;
};
struct Return {
  ExprPtr value;  // may be null
};
struct If {  // elif is an If alone in `otherwise`
  ExprPtr test;
  Block then;
  Block otherwise;
};
struct For {
  ExprPtr target;
  ExprPtr iterable;
  Block body;
  Block otherwise;
};
struct While {
  ExprPtr test;
  Block body;
  Block otherwise;
};
struct Break {};
struct Continue {};
struct Pass {};
struct Assert {
  ExprPtr test;
  ExprPtr message;  // may be null
};
struct Raise {
  ExprPtr exception;  // may be null
  ExprPtr cause;      // raise … from cause; may be null
};
struct ExceptHandler {
  ExprPtr type;      // null: everything
  std::string name;  // empty: none
  Block body;
};
struct Try {
  Block body;
  std::vector<ExceptHandler> handlers;
  Block otherwise;
  Block finally;
};
struct WithItem {
  ExprPtr context;
  ExprPtr target;  // may be null
};
struct With {
  std::vector<WithItem> items;
  Block body;
};
struct FunctionDef {
  std::string name;
  std::vector<Parameter> parameters;
  ExprPtr returns;  // may be null
  std::vector<ExprPtr> decorators;
  Block body;
  bool is_generator = false;  // yields
};
struct ClassDef {
  std::string name;
  std::vector<ExprPtr> bases;     // may be Starred
  std::vector<Keyword> keywords;  // metaclass=…
  std::vector<ExprPtr> decorators;
  Block body;
};
struct ImportedName {
  std::string name;   // "torch.nn"; of `from m import *`: "*"
  std::string alias;  // empty: none
};
struct Import {
  std::vector<ImportedName> names;
};
struct ImportFrom {
  std::string module;  // of `from . import x`: empty
  uint32_t level = 0;  // the leading dots
  std::vector<ImportedName> names;
};
struct Global {  // also nonlocal
  std::vector<std::string> names;
  bool nonlocal = false;
};
struct Delete {
  std::vector<ExprPtr> targets;
};
struct UnsupportedStmt {
  std::string what;  // "match"
};

struct Stmt {
  Position at;
  std::variant<ExprStmt, Assign, AnnotatedAssign, AugmentedAssign, Return, If, For, While, Break,
               Continue, Pass, Assert, Raise, Try, With, FunctionDef, ClassDef, Import, ImportFrom,
               Global, Delete, UnsupportedStmt>
      node;
};

// One source file, immutable once parsed.
struct SourceFile {
  std::string name;  // for messages: "model.py"
  std::string text;
  Block body;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_AST_H_
