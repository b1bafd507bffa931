// tree-sitter's tree, which follows its grammar and is laxer than Python, to the tree of ast.h.
// Internal to this folder: what ParsePython does once the text is known to have a tree.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_TREE_READER_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_TREE_READER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/frontend/python_source/syntax/ast.h"
#include "server/frontend/python_source/syntax/literals.h"
#include "server/frontend/python_source/syntax/syntax_node.h"

namespace sconce::python {

// Reads one tree. The first error stays; what is read after it is worthless but whole, so that no
// step has to look for errors of the steps below it. Confined to one thread.
class TreeReader {
 public:
  // `file` outlives the reader; its text is what the tree was made from.
  explicit TreeReader(const SourceFile& file) : file_(file) {}

  // `root`: the grammar's "module", without syntax errors.
  Block ReadModule(const SyntaxNode& root);

  // INVALID_ARGUMENT, pointing at the place.
  const absl::Status& status() const { return status_; }

 private:
  using ExprReader = ExprPtr (TreeReader::*)(const SyntaxNode&);
  using StmtReader = StmtPtr (TreeReader::*)(const SyntaxNode&);
  static ExprReader FindExprReader(std::string_view type);
  static StmtReader FindStmtReader(std::string_view type);

  // Counts for as long as it lives.
  class Level {
   public:
    explicit Level(int& count, int added = 1) : count_(count), added_(added) { count_ += added_; }
    ~Level() { count_ -= added_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    int& count_;
    const int added_;
  };

  // tree_reader.cc
  bool failed() const { return !status_.ok(); }
  void Fail(Position at, std::string_view message);
  ExprPtr FailExpr(const SyntaxNode& node, std::string_view message);
  StmtPtr FailStmt(const SyntaxNode& node, std::string_view message);
  bool TooDeep(const SyntaxNode& node);
  Position PositionOf(const SyntaxNode& node) const;
  template <typename T>
  ExprPtr MakeExpr(const SyntaxNode& node, T value) const {
    return std::make_unique<Expr>(Expr{PositionOf(node), std::move(value)});
  }
  template <typename T>
  StmtPtr MakeStmt(const SyntaxNode& node, T value) const {
    return std::make_unique<Stmt>(Stmt{node.position(), std::move(value)});
  }
  std::string Identifier(const SyntaxNode& node);
  // Of a node that has to be there.
  const SyntaxNode& Field(const SyntaxNodes& nodes, std::string_view field,
                          const SyntaxNode& parent);
  ExprPtr FieldExpr(const SyntaxNodes& nodes, std::string_view field, const SyntaxNode& parent);
  ExprPtr OptionalExpr(const SyntaxNode* node);  // null of null

  // expressions.cc
  ExprPtr ReadExpr(const SyntaxNode& node);
  ExprPtr ReadInner(const SyntaxNode& node);  // of a node around one other
  ExprPtr ReadName(const SyntaxNode& node);
  ExprPtr ReadNumber(const SyntaxNode& node);
  ExprPtr ReadConstant(const SyntaxNode& node);
  ExprPtr ReadAttribute(const SyntaxNode& node);
  ExprPtr ReadSubscript(const SyntaxNode& node);
  ExprPtr ReadIndex(const SyntaxNode& subscript, const SyntaxNodes& children);
  ExprPtr ReadSlice(const SyntaxNode& node);
  ExprPtr ReadCall(const SyntaxNode& node);
  void ReadArguments(const SyntaxNode& node, std::vector<ExprPtr>& positional,
                     std::vector<Keyword>& keywords);
  ExprPtr ReadLambda(const SyntaxNode& node);
  ExprPtr ReadConditional(const SyntaxNode& node);
  ExprPtr ReadNamedExpr(const SyntaxNode& node);
  ExprPtr ReadAwait(const SyntaxNode& node);
  ExprPtr ReadYield(const SyntaxNode& node);
  ExprPtr ReadStarred(const SyntaxNode& node);
  ExprPtr ReadMisplacedAs(const SyntaxNode& node);

  // operators.cc
  ExprPtr ReadUnary(const SyntaxNode& node);
  ExprPtr ReadNot(const SyntaxNode& node);
  ExprPtr ReadBinary(const SyntaxNode& node);
  ExprPtr ReadBitwise(const SyntaxNode& node);
  ExprPtr JoinBitwise(const SyntaxNode& node, const SyntaxNodes& operands,
                      const std::vector<bool>& is_and);
  ExprPtr ReadBoolOperation(const SyntaxNode& node);
  ExprPtr ReadCompare(const SyntaxNode& node);

  // displays.cc
  ExprPtr ReadElement(const SyntaxNode& node);  // also Starred
  std::vector<ExprPtr> ReadElements(const SyntaxNodes& nodes);
  ExprPtr ReadParenthesized(const SyntaxNode& node);
  ExprPtr ReadTuple(const SyntaxNode& node);
  ExprPtr ReadClosedTuple(const SyntaxNode& node);  // with its parentheses
  ExprPtr ReadList(const SyntaxNode& node);
  ExprPtr ReadSet(const SyntaxNode& node);
  ExprPtr ReadDict(const SyntaxNode& node);
  ExprPtr ReadComprehension(const SyntaxNode& node);
  bool ReadClauses(const SyntaxNodes& children, std::vector<ComprehensionClause>& clauses);

  // annotations.cc
  ExprPtr ReadGenericType(const SyntaxNode& node);
  ExprPtr ReadUnionType(const SyntaxNode& node);
  ExprPtr ReadMemberType(const SyntaxNode& node);
  ExprPtr ReadNoType(const SyntaxNode& node);

  // strings.cc
  struct StringParts;
  ExprPtr ReadString(const SyntaxNode& node);
  void ReadOneString(const SyntaxNode& node, StringParts& parts);
  void AppendText(const SyntaxNode& string, size_t begin, size_t end, StringPrefix prefix,
                  StringParts& parts);
  void AppendInterpolation(const SyntaxNode& node, StringPrefix prefix, StringParts& parts);
  ExprPtr ReadFormat(const SyntaxNode& node, size_t end, StringPrefix prefix);

  // statements.cc
  Block ReadBlock(const SyntaxNode& node);
  void ReadStatements(const SyntaxNode& node, Block& block);
  StmtPtr ReadStmt(const SyntaxNode& node);
  StmtPtr ReadExpressionStatement(const SyntaxNode& node);
  StmtPtr ReadReturn(const SyntaxNode& node);
  StmtPtr ReadWord(const SyntaxNode& node);  // pass, break, continue
  StmtPtr ReadAssert(const SyntaxNode& node);
  StmtPtr ReadRaise(const SyntaxNode& node);
  StmtPtr ReadNames(const SyntaxNode& node);  // global, nonlocal
  StmtPtr ReadDelete(const SyntaxNode& node);
  StmtPtr ReadPythonTwo(const SyntaxNode& node);
  StmtPtr ReadMatch(const SyntaxNode& node);
  StmtPtr ReadTypeAlias(const SyntaxNode& node);

  // assignments.cc
  StmtPtr ReadAssignment(const SyntaxNode& statement, const SyntaxNode& node);
  StmtPtr ReadAnnotated(const SyntaxNode& statement, const SyntaxNodes& children);
  StmtPtr ReadAugmented(const SyntaxNode& statement, const SyntaxNode& node);
  ExprPtr ReadTarget(const SyntaxNode& node);
  ExprPtr ReadSingleTarget(const SyntaxNode& node);  // neither a tuple nor a list
  void CheckTarget(const Expr& target);

  // compound_statements.cc
  StmtPtr ReadIf(const SyntaxNode& node);
  Block ReadAlternatives(const SyntaxNodes& children, size_t from);
  Block ReadElse(const SyntaxNodes& children);
  StmtPtr ReadFor(const SyntaxNode& node);
  StmtPtr ReadWhile(const SyntaxNode& node);
  StmtPtr ReadTry(const SyntaxNode& node);
  ExceptHandler ReadHandler(const SyntaxNode& node);
  StmtPtr ReadWith(const SyntaxNode& node);
  void ReadWithItem(const SyntaxNode& node, bool alone, std::vector<WithItem>& items);

  // definitions.cc
  StmtPtr ReadFunction(const SyntaxNode& node);
  StmtPtr ReadClass(const SyntaxNode& node);
  StmtPtr ReadDecorated(const SyntaxNode& node);

  // parameters.cc
  std::vector<Parameter> ReadParameters(const SyntaxNode* node);
  Parameter ReadParameter(const SyntaxNode& node, ParameterKind kind);
  void CheckParameters(const SyntaxNode& node, const std::vector<Parameter>& parameters);

  // imports.cc
  StmtPtr ReadImport(const SyntaxNode& node);
  StmtPtr ReadImportFrom(const SyntaxNode& node);
  std::vector<ImportedName> ReadImportedNames(const SyntaxNodes& children);
  std::string DottedName(const SyntaxNode& node);

  const SourceFile& file_;
  absl::Status status_;
  int depth_ = 0;    // expressions and statements being read
  int nesting_ = 0;  // brackets and blocks around what is being read
  // The grammar attaches a star to the name behind it, (*a).b(), where Python means *(a.b()): the
  // star is taken here for what begins at this byte as a whole, and skipped inside.
  size_t star_at_ = std::string_view::npos;
  // Likewise a if b else (c as d) of a with statement: the "as" that ends here has been taken.
  bool yields_ = false;  // the function that is being read, so far
  size_t as_end_ = std::string_view::npos;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_TREE_READER_H_
