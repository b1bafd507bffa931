// Strings, f-strings, and neighbours that are one.

#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {

// Of a string, of neighbouring strings, or of a format.
struct TreeReader::StringParts {
  std::vector<ExprPtr> parts;  // StringLiteral and FormattedValue, no two literals in a row
  bool formatted = false;      // one of the strings is an f-string
  std::optional<bool> bytes;   // none: no string yet
  bool named_escape = false;
};

ExprPtr TreeReader::ReadString(const SyntaxNode& node) {
  const SyntaxNodes strings =
      node.Is("string") ? SyntaxNodes{node} : SyntaxNodes(node.NamedChildren());
  StringParts read;
  for (const SyntaxNode& string : strings) ReadOneString(string, read);
  if (read.named_escape) return MakeExpr(node, UnsupportedExpr{"\\N{...} in a string"});
  if (read.formatted) return MakeExpr(node, FormattedString{std::move(read.parts)});
  StringLiteral whole{.value = "", .bytes = read.bytes.value_or(false)};
  if (!read.parts.empty()) whole = std::move(std::get<StringLiteral>(read.parts[0]->node));
  return MakeExpr(node, std::move(whole));
}

// Text is what lies between the children that are known: the grammar cuts it where it likes.
void TreeReader::ReadOneString(const SyntaxNode& node, StringParts& parts) {
  const SyntaxNodes children = node.Children();
  if (children.size() < 2) return Fail(node.position(), "this is no string");
  const std::string_view start = children.front().text();
  if (start.find('`') != std::string_view::npos) {
    return Fail(node.position(), "backquotes are of Python 2");
  }
  const std::string_view letters = start.substr(0, start.find_first_of("'\""));
  const size_t quotes = start.size() - letters.size();
  const std::optional<StringPrefix> prefix = ParseStringPrefix(letters);
  if (!prefix) {
    return Fail(node.position(),
                absl::StrFormat("Python 3 has no strings with \"%s\" in front", letters));
  }
  if (parts.bytes.value_or(prefix->bytes) != prefix->bytes) {
    return Fail(node.position(), "bytes and text cannot be joined");
  }
  parts.bytes = prefix->bytes;
  parts.formatted |= prefix->formatted;
  size_t begin = children.front().end();
  for (const SyntaxNode& child : children) {
    if (!child.Is("interpolation")) continue;
    AppendText(node, begin, child.begin(), *prefix, parts);
    AppendInterpolation(child, *prefix, parts);
    begin = child.end();
  }
  AppendText(node, begin, node.end() - quotes, *prefix, parts);
}

void TreeReader::AppendText(const SyntaxNode& string, size_t begin, size_t end, StringPrefix prefix,
                            StringParts& parts) {
  if (begin >= end) return;
  std::string text;
  const auto problem =
      AppendLiteral(string.source().text().substr(begin, end - begin), prefix, text);
  const bool joins =
      !parts.parts.empty() && std::holds_alternative<StringLiteral>(parts.parts.back()->node);
  if (joins) {
    std::get<StringLiteral>(parts.parts.back()->node).value += text;
  } else if (!text.empty()) {
    parts.parts.push_back(MakeExpr(string, StringLiteral{std::move(text), prefix.bytes}));
  }
  if (!problem) return;
  if (*problem == LiteralProblem::kNamedEscape) {
    parts.named_escape = true;
  } else if (*problem == LiteralProblem::kNotAscii) {
    Fail(string.position(), "bytes can only hold ASCII characters");
  } else {
    Fail(string.position(), "this string has a malformed escape or a single brace");
  }
}

void TreeReader::AppendInterpolation(const SyntaxNode& node, StringPrefix prefix,
                                     StringParts& parts) {
  const Level level(nesting_);
  if (!prefix.formatted) return Fail(node.position(), "this string has no values in it");
  const SyntaxNodes children = node.Children();
  const SyntaxNode* conversion = FindField(children, "type_conversion");
  const SyntaxNode* format = FindField(children, "format_specifier");
  FormattedValue value;
  if (conversion != nullptr) {
    value.conversion = conversion->text().back();
    if (conversion->text().size() != 2 || !std::strchr("rsa", value.conversion)) {
      Fail(conversion->position(), "a conversion is one of !r, !s and !a");
    }
  }
  // f"{x = }" shows its own text.
  if (FindType(children, "=") != nullptr) {
    const size_t begin = node.begin() + 1;
    const size_t end = conversion != nullptr ? conversion->begin()
                       : format != nullptr   ? format->begin()
                                             : children.back().begin();
    AppendText(node, begin, end, StringPrefix{.raw = true}, parts);
    if (conversion == nullptr && format == nullptr) value.conversion = 'r';
  }
  value.value = FieldExpr(children, "expression", node);
  if (format != nullptr) value.format = ReadFormat(*format, children.back().begin(), prefix);
  parts.parts.push_back(MakeExpr(node, std::move(value)));
}

ExprPtr TreeReader::ReadFormat(const SyntaxNode& node, size_t end, StringPrefix prefix) {
  StringParts read;
  size_t begin = node.begin() + 1;  // behind the colon
  for (const SyntaxNode& child : node.NamedChildren()) {
    if (!child.Is("format_expression")) continue;
    AppendText(node, begin, child.begin(), prefix, read);
    AppendInterpolation(child, prefix, read);
    begin = child.end();
    read.formatted = true;
  }
  AppendText(node, begin, end, prefix, read);
  if (read.named_escape) return MakeExpr(node, UnsupportedExpr{"\\N{...} in a format"});
  if (read.formatted) return MakeExpr(node, FormattedString{std::move(read.parts)});
  if (read.parts.empty()) return MakeExpr(node, StringLiteral{});
  return std::move(read.parts[0]);
}

}  // namespace sconce::python
