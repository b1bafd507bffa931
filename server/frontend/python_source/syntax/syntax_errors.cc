#include "server/frontend/python_source/syntax/syntax_errors.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/formats/text/printable_text.h"
#include "server/frontend/python_source/syntax/lexical_scan.h"

namespace sconce::python {
namespace {

// Brackets and quotes that do not pair up: the usual mistakes, of which the grammar only knows that
// nothing fits any more, from somewhere before them on.
std::optional<SyntaxProblem> FindUnpaired(const SourceText& source) {
  const std::string_view text = source.text();
  const auto problem = [&](size_t at, std::string message) {
    return SyntaxProblem{source.PositionOf(at, at + 1), std::move(message)};
  };
  std::vector<size_t> open;
  LexicalScan scan(text);
  while (const std::optional<Piece> piece = scan.Next()) {
    if (piece->kind == Piece::Kind::kUnclosedString) {
      return problem(piece->begin, "this string is not closed");
    }
    if (piece->kind == Piece::Kind::kOpening) open.push_back(piece->begin);
    if (piece->kind != Piece::Kind::kClosing) continue;
    const char closing = text[piece->begin];
    if (open.empty()) {
      return problem(piece->begin,
                     absl::StrFormat("nothing is open that \"%c\" would close", closing));
    }
    const char opening = text[open.back()];
    if (closing != (opening == '(' ? ')' : opening == '[' ? ']' : '}')) {
      return problem(piece->begin,
                     absl::StrFormat("\"%c\" does not close \"%c\"", closing, opening));
    }
    open.pop_back();
  }
  if (open.empty()) return std::nullopt;
  return problem(open.back(), absl::StrFormat("\"%c\" was never closed", text[open.back()]));
}

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
  if (auto unpaired = FindUnpaired(root.source())) return *std::move(unpaired);
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
