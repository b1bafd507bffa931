// What the readers here see of tree-sitter's tree.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_SYNTAX_NODE_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_SYNTAX_NODE_H_

#include <tree_sitter/api.h>

#include <cstddef>
#include <string_view>
#include <vector>

#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

// The text of a file, with places in it. Does not own the text.
class SourceText {
 public:
  explicit SourceText(std::string_view text);
  std::string_view text() const { return text_; }
  Position PositionOf(size_t begin, size_t end) const;

 private:
  std::string_view text_;
  std::vector<size_t> lines_;  // where each begins
};

class SyntaxNode;
using SyntaxNodes = std::vector<SyntaxNode>;

// A node and the text it stands for. A view: the tree and the text outlive it.
class SyntaxNode {
 public:
  // `field`: the role that it plays in its parent ("left", "body"), or "".
  SyntaxNode(TSNode node, const SourceText& source, std::string_view field = "")
      : node_(node), source_(&source), field_(field) {}

  // The grammar's name of it: "binary_operator"; of a token its text: "+".
  std::string_view type() const { return ts_node_type(node_); }
  bool Is(std::string_view type) const { return this->type() == type; }
  std::string_view field() const { return field_; }
  bool named() const { return ts_node_is_named(node_); }
  bool missing() const { return ts_node_is_missing(node_); }
  bool has_error() const { return ts_node_has_error(node_); }

  const SourceText& source() const { return *source_; }
  size_t begin() const { return ts_node_start_byte(node_); }
  size_t end() const { return ts_node_end_byte(node_); }
  std::string_view text() const { return source_->text().substr(begin(), end() - begin()); }
  Position position() const { return source_->PositionOf(begin(), end()); }

  // Without comments.
  SyntaxNodes Children() const;
  // Without tokens such as "(" and ",".
  SyntaxNodes NamedChildren() const;

 private:
  TSNode node_;
  const SourceText* source_;
  std::string_view field_;
};

// The first that plays this role; null when none does.
const SyntaxNode* FindField(const SyntaxNodes& nodes, std::string_view field);
// The first of this type; null when there is none.
const SyntaxNode* FindType(const SyntaxNodes& nodes, std::string_view type);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_SYNTAX_NODE_H_
