#include "server/frontend/python_source/syntax/syntax_errors.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/formats/text/printable_text.h"

namespace sconce::python {
namespace {

// Brackets and quotes that do not pair up: the usual mistakes, of which the grammar only knows that
// nothing fits any more, from somewhere before them on.
class PairScan {
 public:
  explicit PairScan(std::string_view text) : text_(text) {}

  std::optional<SyntaxProblem> Run() {
    while (at_ < text_.size() && !problem_) Step();
    if (!problem_ && !open_.empty()) {
      Report(open_.back(), absl::StrFormat("\"%c\" was never closed", text_[open_.back()]));
    }
    return problem_;
  }

 private:
  void Step() {
    const char c = text_[at_];
    if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '"' || c == '\'') {
      SkipString(c);
    } else {
      if (c == '(' || c == '[' || c == '{') open_.push_back(at_);
      if (c == ')' || c == ']' || c == '}') Close(c);
      ++at_;
    }
  }

  void Close(char closing) {
    if (open_.empty()) {
      return Report(at_, absl::StrFormat("nothing is open that \"%c\" would close", closing));
    }
    const char opening = text_[open_.back()];
    const char wanted = opening == '(' ? ')' : opening == '[' ? ']' : '}';
    if (closing != wanted) {
      Report(at_, absl::StrFormat("\"%c\" does not close \"%c\"", closing, opening));
    }
    open_.pop_back();
  }

  void SkipString(char quote) {
    const size_t begin = at_;
    const std::string triple(3, quote);
    const bool is_triple = text_.substr(at_, 3) == triple;
    at_ += is_triple ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\') {
        ++at_;
      } else if (is_triple ? text_.substr(at_, 3) == triple : text_[at_] == quote) {
        at_ += is_triple ? 3 : 1;
        return;
      } else if (!is_triple && text_[at_] == '\n') {
        break;
      }
    }
    Report(begin, "this string is not closed");
  }

  void Report(size_t where, std::string message) {
    const std::string_view before = text_.substr(0, where);
    const auto line = static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
    const auto column = static_cast<uint32_t>(where - (before.rfind('\n') + 1));
    problem_ = SyntaxProblem{{line, column, line, column + 1}, std::move(message)};
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<size_t> open_;
  std::optional<SyntaxProblem> problem_;
};

bool IsWholeStatement(const SyntaxNode& node) {
  return !node.has_error() &&
         (node.type().ends_with("_statement") || node.type().ends_with("_definition"));
}

// The first child that is wrong or, of an "ERROR", that is not a statement read before the trouble.
const SyntaxNode* Culprit(const SyntaxNode& parent, const SyntaxNodes& children) {
  const bool inside_error = parent.Is("ERROR");
  const auto found = std::find_if(children.begin(), children.end(), [&](const SyntaxNode& child) {
    return child.has_error() || child.missing() || (inside_error && !IsWholeStatement(child));
  });
  return found == children.end() ? nullptr : &*found;
}

std::string Describe(const SyntaxNode& node) {
  if (node.missing()) {
    if (node.Is("identifier")) return "a name is missing here";
    if (node.type().starts_with("_")) return "the line should end here";
    return absl::StrFormat("\"%s\" is missing here", node.type());
  }
  constexpr size_t kMostShown = 40;
  std::string_view found = node.text().substr(0, node.text().find('\n'));
  if (found.empty()) return "this is not Python";
  const bool cut = found.size() > kMostShown;
  return absl::StrFormat("\"%s%s\" is not possible here",
                         PrintableText(found.substr(0, kMostShown)), cut ? "..." : "");
}

}  // namespace

SyntaxProblem FirstProblem(const SyntaxNode& root) {
  if (auto unpaired = PairScan(root.source()).Run()) return *std::move(unpaired);
  SyntaxNode node = root;
  for (;;) {
    const SyntaxNodes children = node.Children();
    const SyntaxNode* culprit = Culprit(node, children);
    if (culprit == nullptr) break;
    node = SyntaxNode(*culprit);
  }
  return {node.position(), Describe(node)};
}

}  // namespace sconce::python
