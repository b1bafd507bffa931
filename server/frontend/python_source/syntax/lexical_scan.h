// Strings, comments, brackets and line ends of a text: what can be told without the grammar, also
// of a text that has no grammar.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_LEXICAL_SCAN_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_LEXICAL_SCAN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sconce::python {

struct Piece {
  enum class Kind { kString, kUnclosedString, kComment, kOpening, kClosing, kLineEnd };
  Kind kind;
  size_t begin = 0;
  size_t end = 0;
};

// Goes through a text once. An f-string is one string, whatever it holds. Does not own the text.
class LexicalScan {
 public:
  explicit LexicalScan(std::string_view text) : text_(text) {}

  // Nothing at the end.
  std::optional<Piece> Next();

 private:
  Piece String();

  std::string_view text_;
  size_t at_ = 0;
};

// The same text, of the same length, without what the grammar wrongly takes for errors:
//  - A line inside brackets that is indented less than its statement ends the block to it: spaces
//    are in place of line ends and comments inside brackets.
//  - A line that a notebook takes for itself, %matplotlib inline, is blank.
//  - It knows no star in front of a display, return a, *[b]: there is a "~" in place of the star.
std::string WithGrammarHelped(std::string_view text);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_LEXICAL_SCAN_H_
