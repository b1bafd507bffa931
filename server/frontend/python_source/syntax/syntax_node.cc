#include "server/frontend/python_source/syntax/syntax_node.h"

#include <algorithm>

namespace sconce::python {
namespace {

// A whole walk over the children: asking for them by number takes time of its own for each.
template <typename Wanted>
SyntaxNodes ChildrenOf(TSNode parent, std::string_view source, Wanted wanted) {
  SyntaxNodes children;
  TSTreeCursor cursor = ts_tree_cursor_new(parent);
  if (ts_tree_cursor_goto_first_child(&cursor)) {
    do {
      const TSNode node = ts_tree_cursor_current_node(&cursor);
      const bool comment = ts_node_is_extra(node) && !ts_node_is_error(node);
      if (comment || !wanted(node)) continue;
      const char* field = ts_tree_cursor_current_field_name(&cursor);
      children.emplace_back(node, source, field == nullptr ? "" : field);
    } while (ts_tree_cursor_goto_next_sibling(&cursor));
  }
  ts_tree_cursor_delete(&cursor);
  return children;
}

template <typename Matches>
const SyntaxNode* FindFirst(const SyntaxNodes& nodes, Matches matches) {
  const auto found = std::find_if(nodes.begin(), nodes.end(), matches);
  return found == nodes.end() ? nullptr : &*found;
}

}  // namespace

Position SyntaxNode::position() const {
  const TSPoint begin = ts_node_start_point(node_);
  const TSPoint end = ts_node_end_point(node_);
  return {begin.row, begin.column, end.row, end.column};
}

SyntaxNodes SyntaxNode::Children() const {
  return ChildrenOf(node_, source_, [](TSNode) { return true; });
}

SyntaxNodes SyntaxNode::NamedChildren() const {
  return ChildrenOf(node_, source_, ts_node_is_named);
}

const SyntaxNode* FindField(const SyntaxNodes& nodes, std::string_view field) {
  return FindFirst(nodes, [&](const SyntaxNode& node) { return node.field() == field; });
}

const SyntaxNode* FindType(const SyntaxNodes& nodes, std::string_view type) {
  return FindFirst(nodes, [&](const SyntaxNode& node) { return node.Is(type); });
}

}  // namespace sconce::python
