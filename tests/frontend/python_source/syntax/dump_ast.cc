// Prints syntax trees in a form that tests/interop/test_python_syntax.py makes of CPython's own: of
// each file named on standard input one line, a tree or "! " and the error.

#include <bit>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/frontend/python_source/syntax/ast.h"
#include "server/frontend/python_source/syntax/parse_python.h"

namespace sconce::python {
namespace {

constexpr const char* kUnary[] = {"Not", "USub", "UAdd", "Invert"};
constexpr const char* kBinary[] = {"Add",    "Sub",    "Mult",    "Div",    "FloorDiv",
                                   "Mod",    "Pow",    "MatMult", "BitAnd", "BitOr",
                                   "BitXor", "LShift", "RShift"};
constexpr const char* kCompare[] = {"Eq",  "NotEq", "Lt",    "LtE", "Gt",
                                    "GtE", "Is",    "IsNot", "In",  "NotIn"};
constexpr const char* kParameter[] = {"posonly", "arg", "vararg", "kwonly", "kwarg"};
constexpr const char* kComprehension[] = {"ListComp", "SetComp", "DictComp", "GeneratorExp"};

class Dumper {
 public:
  std::string Dump(const Block& body) {
    Put(body);
    return std::move(out_);
  }

 private:
  // One thing between parentheses: a word, then the parts with a space before each.
  template <typename... Parts>
  void Node(std::string_view word, const Parts&... parts) {
    out_ += '(';
    out_ += word;
    ((out_ += ' ', Put(parts)), ...);
    out_ += ')';
  }
  template <typename... Parts>
  void NodeAt(std::string_view word, const Position& at, const Parts&... parts) {
    // CPython 3.11 does not know the places inside f-strings.
    Node(formatted_ ? std::string(word) : absl::StrFormat("%s@%d:%d", word, at.line, at.column),
         parts...);
  }

  void Put(const char* word) { out_ += word; }
  void Put(bool value) { out_ += value ? "True" : "False"; }
  void Put(uint32_t value) { absl::StrAppendFormat(&out_, "%d", value); }
  void Put(const std::string& text) {
    out_ += '"';
    for (const char c : text) {
      const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
      absl::StrAppendFormat(&out_, plain ? "%c" : "\\%02x", static_cast<unsigned char>(c));
    }
    out_ += '"';
  }
  void Put(double value) { absl::StrAppendFormat(&out_, "%016x", std::bit_cast<uint64_t>(value)); }
  template <typename T>
  void Put(const std::vector<T>& values) {
    out_ += '[';
    for (const T& value : values) Put(value);
    out_ += ']';
  }
  template <typename T>
  void Put(const std::unique_ptr<T>& node) {
    if (node == nullptr) {
      out_ += '_';
      return;
    }
    std::visit([&](const auto& value) { Visit(value, node->at); }, node->node);
  }

  void Put(CompareOperator op) { Node(kCompare[static_cast<int>(op)]); }
  void Put(const Keyword& keyword) { Node("keyword", keyword.name, keyword.value); }
  void Put(const DictEntry& entry) { Node("entry", entry.key, entry.value); }
  void Put(const ComprehensionClause& clause) {
    Node("for", clause.target, clause.iterable, clause.conditions);
  }
  void Put(const Parameter& parameter) {
    Node(kParameter[static_cast<int>(parameter.kind)], parameter.name, parameter.annotation,
         parameter.default_value);
  }
  void Put(const ExceptHandler& handler) {
    Node("except", handler.type, handler.name, handler.body);
  }
  void Put(const WithItem& item) { Node("item", item.context, item.target); }
  void Put(const ImportedName& name) { Node("alias", name.name, name.alias); }

  void Visit(const NoneLiteral&, const Position&) { Node("None"); }
  void Visit(const EllipsisLiteral&, const Position&) { Node("Ellipsis"); }
  void Visit(const BoolLiteral& literal, const Position&) { Node("Bool", literal.value); }
  void Visit(const IntLiteral& literal, const Position&) {
    Node("Int", std::to_string(literal.value).c_str());
  }
  void Visit(const FloatLiteral& literal, const Position&) { Node("Float", literal.value); }
  void Visit(const ComplexLiteral& literal, const Position&) { Node("Complex", literal.imaginary); }
  void Visit(const StringLiteral& literal, const Position&) {
    Node(literal.bytes ? "Bytes" : "Str", literal.value);
  }
  void Visit(const FormattedValue& value, const Position&) {
    Node("Value", value.value, std::string(value.conversion == 0 ? 0 : 1, value.conversion),
         value.format);
  }
  void Visit(const FormattedString& string, const Position&) {
    const bool outer = std::exchange(formatted_, true);
    Node("JoinedStr", string.parts);
    formatted_ = outer;
  }
  void Visit(const Name& name, const Position& at) { NodeAt("Name", at, name.id); }
  void Visit(const Attribute& a, const Position& at) { NodeAt("Attribute", at, a.value, a.name); }
  void Visit(const Subscript& s, const Position& at) { NodeAt("Subscript", at, s.value, s.index); }
  void Visit(const Slice& s, const Position&) { Node("Slice", s.lower, s.upper, s.step); }
  void Visit(const Starred& s, const Position&) { Node("Starred", s.value); }
  void Visit(const Call& call, const Position& at) {
    NodeAt("Call", at, call.function, call.arguments, call.keywords);
  }
  void Visit(const Unary& unary, const Position& at) {
    NodeAt(kUnary[static_cast<int>(unary.op)], at, unary.operand);
  }
  void Visit(const Binary& binary, const Position&) {
    Node(kBinary[static_cast<int>(binary.op)], binary.left, binary.right);
  }
  void Visit(const BoolOperation& b, const Position&) { Node(b.is_and ? "And" : "Or", b.operands); }
  void Visit(const Compare& c, const Position&) { Node("Compare", c.operands, c.operators); }
  void Visit(const Conditional& c, const Position&) { Node("IfExp", c.test, c.then, c.otherwise); }
  void Visit(const TupleDisplay& display, const Position&) { Node("Tuple", display.elements); }
  void Visit(const ListDisplay& display, const Position& at) {
    NodeAt("List", at, display.elements);
  }
  void Visit(const SetDisplay& display, const Position& at) { NodeAt("Set", at, display.elements); }
  void Visit(const DictDisplay& display, const Position& at) {
    NodeAt("Dict", at, display.entries);
  }
  void Visit(const Comprehension& c, const Position&) {
    Node(kComprehension[static_cast<int>(c.kind)], c.element, c.value, c.clauses);
  }
  void Visit(const NamedExpr& named, const Position&) {
    Node("NamedExpr", named.name, named.value);
  }
  void Visit(const Lambda& lambda, const Position& at) {
    NodeAt("Lambda", at, lambda.parameters, lambda.body);
  }
  void Visit(const Yield& yield, const Position&) {
    Node(yield.from ? "YieldFrom" : "Yield", yield.value);
  }
  void Visit(const UnsupportedExpr& e, const Position&) { Node("Unsupported", e.what); }

  void Visit(const ExprStmt& s, const Position& at) { NodeAt("Expr", at, s.value); }
  void Visit(const Assign& s, const Position& at) { NodeAt("Assign", at, s.targets, s.value); }
  void Visit(const AnnotatedAssign& s, const Position& at) {
    NodeAt("AnnAssign", at, s.target, s.annotation, s.value);
  }
  void Visit(const AugmentedAssign& s, const Position& at) {
    NodeAt("AugAssign", at, s.target, kBinary[static_cast<int>(s.op)], s.value);
  }
  void Visit(const Return& s, const Position& at) { NodeAt("Return", at, s.value); }
  void Visit(const If& s, const Position& at) { NodeAt("If", at, s.test, s.then, s.otherwise); }
  void Visit(const For& s, const Position& at) {
    NodeAt("For", at, s.target, s.iterable, s.body, s.otherwise);
  }
  void Visit(const While& s, const Position& at) {
    NodeAt("While", at, s.test, s.body, s.otherwise);
  }
  void Visit(const Break&, const Position& at) { NodeAt("Break", at); }
  void Visit(const Continue&, const Position& at) { NodeAt("Continue", at); }
  void Visit(const Pass&, const Position& at) { NodeAt("Pass", at); }
  void Visit(const Assert& s, const Position& at) { NodeAt("Assert", at, s.test, s.message); }
  void Visit(const Raise& s, const Position& at) { NodeAt("Raise", at, s.exception, s.cause); }
  void Visit(const Try& s, const Position& at) {
    NodeAt("Try", at, s.body, s.handlers, s.otherwise, s.finally);
  }
  void Visit(const With& s, const Position& at) { NodeAt("With", at, s.items, s.body); }
  void Visit(const FunctionDef& s, const Position& at) {
    NodeAt("FunctionDef", at, s.name, s.parameters, s.returns, s.decorators, s.body);
  }
  void Visit(const ClassDef& s, const Position& at) {
    NodeAt("ClassDef", at, s.name, s.bases, s.keywords, s.decorators, s.body);
  }
  void Visit(const Import& s, const Position& at) { NodeAt("Import", at, s.names); }
  void Visit(const ImportFrom& s, const Position& at) {
    NodeAt("ImportFrom", at, s.module, s.level, s.names);
  }
  void Visit(const Global& s, const Position& at) {
    NodeAt(s.nonlocal ? "Nonlocal" : "Global", at, s.names);
  }
  void Visit(const Delete& s, const Position& at) { NodeAt("Delete", at, s.targets); }
  void Visit(const UnsupportedStmt& s, const Position& at) { NodeAt("Unsupported", at, s.what); }

  std::string out_;
  bool formatted_ = false;
};

std::string DumpFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto parsed = ParsePython(path, std::move(text));
  if (parsed.ok()) return Dumper().Dump((*parsed)->body);
  std::string error = "! " + std::string(parsed.status().message());
  for (char& c : error) c = c == '\n' ? '|' : c;
  return error;
}

}  // namespace
}  // namespace sconce::python

int main() {
  std::string path;
  while (std::getline(std::cin, path)) std::cout << sconce::python::DumpFile(path) << '\n';
}
