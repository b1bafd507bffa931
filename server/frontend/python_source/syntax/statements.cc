// Blocks and simple statements.

#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {
namespace {

// The grammar's scanner keeps indentations in a byte when it goes back.
constexpr size_t kMostIndentation = 250;

// How far the statement is indented; nothing when something else stands before it in its line.
std::optional<size_t> IndentationOf(const SyntaxNode& node) {
  const std::string_view before = node.source().text().substr(0, node.begin());
  const size_t line = before.rfind('\n') + 1;  // npos + 1 is 0
  if (before.substr(line).find_first_not_of(" \t\f") != std::string_view::npos) return std::nullopt;
  if (line > 1 && before[line - 2] == '\\') return std::nullopt;
  size_t width = 0;
  for (const char c : before.substr(line)) {
    width = c == '\f' ? 0 : width + (c == '\t' ? 8 : 1);
  }
  return width;
}

}  // namespace

TreeReader::StmtReader TreeReader::FindStmtReader(std::string_view type) {
  using R = TreeReader;
  static const auto* const kReaders = new absl::flat_hash_map<std::string_view, StmtReader>{
      {"expression_statement", &R::ReadExpressionStatement},
      {"return_statement", &R::ReadReturn},
      {"pass_statement", &R::ReadWord},
      {"break_statement", &R::ReadWord},
      {"continue_statement", &R::ReadWord},
      {"assert_statement", &R::ReadAssert},
      {"raise_statement", &R::ReadRaise},
      {"global_statement", &R::ReadNames},
      {"nonlocal_statement", &R::ReadNames},
      {"delete_statement", &R::ReadDelete},
      {"print_statement", &R::ReadPythonTwo},
      {"exec_statement", &R::ReadPythonTwo},
      {"match_statement", &R::ReadMatch},
      {"type_alias_statement", &R::ReadTypeAlias},
      {"if_statement", &R::ReadIf},
      {"for_statement", &R::ReadFor},
      {"while_statement", &R::ReadWhile},
      {"try_statement", &R::ReadTry},
      {"with_statement", &R::ReadWith},
      {"function_definition", &R::ReadFunction},
      {"class_definition", &R::ReadClass},
      {"decorated_definition", &R::ReadDecorated},
      {"import_statement", &R::ReadImport},
      {"import_from_statement", &R::ReadImportFrom},
      {"future_import_statement", &R::ReadImportFrom},
  };
  const auto found = kReaders->find(type);
  return found == kReaders->end() ? nullptr : found->second;
}

Block TreeReader::ReadBlock(const SyntaxNode& node) {
  const Level level(nesting_);
  Block block;
  ReadStatements(node, block);
  if (block.empty()) Fail(node.position(), "an indented block is expected here");
  return block;
}

void TreeReader::ReadStatements(const SyntaxNode& node, Block& block) {
  std::optional<size_t> indentation;
  if (node.Is("module")) indentation = 0;
  for (const SyntaxNode& child : node.NamedChildren()) {
    if (failed()) return;
    const std::optional<size_t> found = IndentationOf(child);
    if (found > kMostIndentation) {
      return Fail(child.position(),
                  absl::StrFormat("this is indented by more than %d columns", kMostIndentation));
    }
    if (!indentation) indentation = found;
    if (found && *found != *indentation) {
      return Fail(child.position(), "this is not indented as the statements before it");
    }
    block.push_back(ReadStmt(child));
  }
}

StmtPtr TreeReader::ReadStmt(const SyntaxNode& node) {
  const Level level(depth_);
  if (TooDeep(node)) return MakeStmt(node, Pass{});
  const StmtReader reader = FindStmtReader(node.type());
  if (reader == nullptr) return FailStmt(node, "a statement is expected here");
  return (this->*reader)(node);
}

StmtPtr TreeReader::ReadExpressionStatement(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  if (children.empty()) return FailStmt(node, "a statement is expected here");
  const SyntaxNode& first = children[0];
  if (first.Is("assignment")) return ReadAssignment(node, first);
  if (first.Is("augmented_assignment")) return ReadAugmented(node, first);
  const bool tuple = FindType(children, ",") != nullptr;
  ExprPtr value = tuple ? ReadTuple(node) : ReadExpr(first);
  return MakeStmt(node, ExprStmt{std::move(value)});
}

StmtPtr TreeReader::ReadReturn(const SyntaxNode& node) {
  const SyntaxNodes values = node.NamedChildren();
  return MakeStmt(node, Return{OptionalExpr(values.empty() ? nullptr : &values[0])});
}

StmtPtr TreeReader::ReadWord(const SyntaxNode& node) {
  if (node.Is("break_statement")) return MakeStmt(node, Break{});
  if (node.Is("continue_statement")) return MakeStmt(node, Continue{});
  return MakeStmt(node, Pass{});
}

StmtPtr TreeReader::ReadAssert(const SyntaxNode& node) {
  const SyntaxNodes parts = node.NamedChildren();
  if (parts.empty() || parts.size() > 2) return FailStmt(node, "assert has one or two values");
  ExprPtr test = ReadExpr(parts[0]);
  return MakeStmt(node,
                  Assert{std::move(test), OptionalExpr(parts.size() == 2 ? &parts[1] : nullptr)});
}

StmtPtr TreeReader::ReadRaise(const SyntaxNode& node) {
  const SyntaxNodes parts = node.NamedChildren();
  const SyntaxNode* cause = FindField(parts, "cause");
  const bool has_exception = !parts.empty() && &parts[0] != cause;
  if (has_exception && parts[0].Is("expression_list")) {
    return FailStmt(node, "raising several values is of Python 2");
  }
  if (cause != nullptr && !has_exception) return FailStmt(node, "an exception is missing");
  ExprPtr exception = OptionalExpr(has_exception ? &parts[0] : nullptr);
  return MakeStmt(node, Raise{std::move(exception), OptionalExpr(cause)});
}

StmtPtr TreeReader::ReadNames(const SyntaxNode& node) {
  Global global{.names = {}, .nonlocal = node.Is("nonlocal_statement")};
  for (const SyntaxNode& name : node.NamedChildren()) global.names.push_back(Identifier(name));
  return MakeStmt(node, std::move(global));
}

StmtPtr TreeReader::ReadDelete(const SyntaxNode& node) {
  const SyntaxNodes values = node.NamedChildren();
  if (values.size() != 1) return FailStmt(node, "del has one or more targets");
  Delete made;
  const bool several = values[0].Is("expression_list");
  for (const SyntaxNode& target : several ? values[0].NamedChildren() : values) {
    made.targets.push_back(ReadTarget(target));
  }
  return MakeStmt(node, std::move(made));
}

StmtPtr TreeReader::ReadPythonTwo(const SyntaxNode& node) {
  return FailStmt(node,
                  node.Is("print_statement")
                      ? "this is Python 2, where print is a statement; Python 3 has print(...)"
                      : "this is Python 2, where exec is a statement; Python 3 has exec(...)");
}

StmtPtr TreeReader::ReadMatch(const SyntaxNode& node) {
  return MakeStmt(node, UnsupportedStmt{"match"});
}

StmtPtr TreeReader::ReadTypeAlias(const SyntaxNode& node) {
  return MakeStmt(node, UnsupportedStmt{"type alias"});
}

}  // namespace sconce::python
