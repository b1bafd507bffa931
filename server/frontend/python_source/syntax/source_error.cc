#include "server/frontend/python_source/syntax/source_error.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/str_format.h"
#include "server/formats/text/printable_text.h"

namespace sconce::python {
namespace {

constexpr size_t kMostBefore = 70;  // bytes of the line shown on each side of the caret
constexpr size_t kMostAfter = 50;

bool InsideCharacter(char byte) { return (static_cast<uint8_t>(byte) & 0xc0) == 0x80; }

size_t Characters(std::string_view text) {
  return text.size() - std::count_if(text.begin(), text.end(), InsideCharacter);
}

std::optional<std::string_view> LineOf(std::string_view text, uint32_t line) {
  for (uint32_t i = 0; i < line; ++i) {
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

std::string Shown(std::string_view part) {
  std::string text(part);
  std::replace(text.begin(), text.end(), '\t', ' ');
  return PrintableText(text);
}

// The line and, below it, the caret.
std::string Excerpt(std::string_view line, size_t column) {
  size_t begin = std::min(line.find_first_not_of(" \t\f"), column);
  size_t end = line.size();
  std::string_view before_cut;
  std::string_view after_cut;
  if (column - begin > kMostBefore) {
    begin = column - kMostBefore;
    while (begin < column && InsideCharacter(line[begin])) ++begin;
    before_cut = "...";
  }
  if (end - column > kMostAfter) {
    end = column + kMostAfter;
    while (end < line.size() && InsideCharacter(line[end])) ++end;
    after_cut = "...";
  }
  const std::string before = Shown(line.substr(begin, column - begin));
  const size_t caret = before_cut.size() + Characters(before);
  return absl::StrFormat("\n    %s%s%s%s\n    %s^", before_cut, before,
                         Shown(line.substr(column, end - column)), after_cut,
                         std::string(caret, ' '));
}

}  // namespace

std::string PointAt(const SourceFile& file, Position at, std::string_view message) {
  const std::optional<std::string_view> line = LineOf(file.text, at.line);
  size_t column = line ? std::min<size_t>(at.column, line->size()) : 0;
  while (column > 0 && column < line->size() && InsideCharacter((*line)[column])) --column;
  const size_t shown = line ? Characters(line->substr(0, column)) : 0;
  std::string text = absl::StrFormat("%s:%d:%d: %s", PrintableText(file.name),
                                     uint64_t{at.line} + 1, shown + 1, message);
  if (line) text += Excerpt(*line, column);
  return text;
}

}  // namespace sconce::python
