#include "server/frontend/python_source/syntax/syntax_node.h"

#include <algorithm>
#include <cstdint>

namespace sconce::python {
namespace {

// A whole walk over the children: asking for them by number takes time of its own for each.
template <typename Wanted>
SyntaxNodes ChildrenOf(TSNode parent, const SourceText& source, Wanted wanted) {
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

SourceText::SourceText(std::string_view text) : text_(text), lines_{0} {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') lines_.push_back(i + 1);
  }
}

Position SourceText::PositionOf(size_t begin, size_t end) const {
  const auto line_of = [&](size_t at) {
    return std::upper_bound(lines_.begin(), lines_.end(), at) - lines_.begin() - 1;
  };
  const auto first = line_of(begin);
  const auto last = line_of(end);
  return {static_cast<uint32_t>(first), static_cast<uint32_t>(begin - lines_[first]),
          static_cast<uint32_t>(last), static_cast<uint32_t>(end - lines_[last])};
}

SyntaxNodes SyntaxNode::Children() const {
  return ChildrenOf(node_, *source_, [](TSNode) { return true; });
}

SyntaxNodes SyntaxNode::NamedChildren() const {
  return ChildrenOf(node_, *source_, ts_node_is_named);
}

const SyntaxNode* FindField(const SyntaxNodes& nodes, std::string_view field) {
  return FindFirst(nodes, [&](const SyntaxNode& node) { return node.field() == field; });
}

const SyntaxNode* FindType(const SyntaxNodes& nodes, std::string_view type) {
  return FindFirst(nodes, [&](const SyntaxNode& node) { return node.Is(type); });
}

}  // namespace sconce::python
