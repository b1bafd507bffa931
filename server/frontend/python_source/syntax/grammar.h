// tree-sitter with the grammar of Python: text to its tree, within bounds of time and memory.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_GRAMMAR_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_GRAMMAR_H_

#include <tree_sitter/api.h>

#include <memory>
#include <string_view>

namespace sconce::python {

struct DeleteTree {
  void operator()(TSTree* tree) const { ts_tree_delete(tree); }
};
using Tree = std::unique_ptr<TSTree, DeleteTree>;

// Null: more time or memory was needed than any real file needs. The tree stays on the thread that
// made it. Of a text that is no Python there is a tree too, with nodes that say so.
Tree ParseToTree(std::string_view text);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_GRAMMAR_H_
