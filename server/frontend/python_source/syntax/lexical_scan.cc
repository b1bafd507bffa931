#include "server/frontend/python_source/syntax/lexical_scan.h"

#include <algorithm>

namespace sconce::python {
namespace {

// The star in front of this place that begins something: nothing can be multiplied there.
std::optional<size_t> StarBefore(std::string_view text, size_t at) {
  const size_t star = text.substr(0, at).find_last_not_of(" \t");
  if (star == std::string_view::npos || text[star] != '*') return std::nullopt;
  std::string_view before = text.substr(0, star);
  before = before.substr(0, before.find_last_not_of(" \t\n") + 1);
  if (before.empty() || before.find_last_of(",=([{:") == before.size() - 1) return star;
  for (const std::string_view word : {"return", "in", "yield"}) {
    if (before.size() < star && before.ends_with(word)) return star;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Piece> LexicalScan::Next() {
  using Kind = Piece::Kind;
  at_ = text_.find_first_of("#\"'([{)]}\n", at_);
  if (at_ == std::string_view::npos) {
    at_ = text_.size();
    return std::nullopt;
  }
  const size_t begin = at_;
  const char c = text_[at_];
  if (c == '"' || c == '\'') return String();
  if (c == '#') {
    at_ = std::min(text_.find('\n', at_), text_.size());
    return Piece{Kind::kComment, begin, at_};
  }
  ++at_;
  const bool opening = c == '(' || c == '[' || c == '{';
  const Kind kind = c == '\n' ? Kind::kLineEnd : opening ? Kind::kOpening : Kind::kClosing;
  return Piece{kind, begin, at_};
}

Piece LexicalScan::String() {
  const size_t begin = at_;
  const std::string triple(3, text_[at_]);
  const bool is_triple = text_.substr(at_, 3) == triple;
  const std::string_view closing = std::string_view(triple).substr(0, is_triple ? 3 : 1);
  for (at_ += closing.size(); at_ < text_.size(); ++at_) {
    if (text_[at_] == '\\') {
      ++at_;
    } else if (text_.substr(at_, closing.size()) == closing) {
      at_ += closing.size();
      return {Piece::Kind::kString, begin, at_};
    } else if (!is_triple && text_[at_] == '\n') {
      break;
    }
  }
  at_ = std::min(at_, text_.size());
  return {Piece::Kind::kUnclosedString, begin, at_};
}

namespace {

// !pip install, %matplotlib inline, ?model: for the notebook, not for Python.
void BlankNotebookLine(std::string& text, size_t begin) {
  const bool continues = begin > 1 && text[begin - 2] == '\\';
  const size_t first = text.find_first_not_of(" \t", begin);
  if (continues || first == std::string::npos) return;
  if (std::string_view("!%?").find(text[first]) == std::string_view::npos) return;
  const size_t end = std::min(text.find('\n', first), text.size());
  std::fill(text.begin() + static_cast<ptrdiff_t>(first),
            text.begin() + static_cast<ptrdiff_t>(end), ' ');
}

}  // namespace

std::string WithGrammarHelped(std::string_view text) {
  using Kind = Piece::Kind;
  std::string helped(text);
  LexicalScan scan(helped);
  size_t depth = 0;
  BlankNotebookLine(helped, 0);
  while (const std::optional<Piece> piece = scan.Next()) {
    if (piece->kind == Kind::kOpening || piece->kind == Kind::kString) {
      if (const auto star = StarBefore(text, piece->begin)) helped[*star] = '~';
    }
    if (piece->kind == Kind::kOpening) {
      ++depth;
    } else if (piece->kind == Kind::kClosing) {
      depth -= depth > 0 ? 1 : 0;
    } else if (depth == 0 && piece->kind == Kind::kLineEnd) {
      BlankNotebookLine(helped, piece->end);
    } else if (depth > 0 && (piece->kind == Kind::kLineEnd || piece->kind == Kind::kComment)) {
      std::fill_n(helped.begin() + static_cast<ptrdiff_t>(piece->begin), piece->end - piece->begin,
                  ' ');
    }
  }
  return helped;
}

}  // namespace sconce::python
