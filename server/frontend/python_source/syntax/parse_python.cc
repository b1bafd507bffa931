#include "server/frontend/python_source/syntax/parse_python.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "server/base/status_macros.h"
#include "server/formats/text/utf8.h"
#include "server/frontend/python_source/syntax/grammar.h"
#include "server/frontend/python_source/syntax/lexical_scan.h"
#include "server/frontend/python_source/syntax/source_error.h"
#include "server/frontend/python_source/syntax/syntax_errors.h"
#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {
namespace {

absl::Status ErrorAt(const SourceFile& file, Position at, std::string_view message) {
  return absl::InvalidArgumentError(PointAt(file, at, message));
}

// Python's own reading of files: one kind of line end, no mark.
std::string Normalized(std::string text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  if (text.find('\r') == std::string::npos) return text;
  return absl::StrReplaceAll(text, {{"\r\n", "\n"}, {"\r", "\n"}});
}

absl::Status CheckCharacters(const SourceFile& file) {
  std::string_view rest = file.text;
  Position at;
  while (!rest.empty()) {
    const size_t length = Utf8CharacterLength(rest);
    if (length == 0) return ErrorAt(file, at, "this is not UTF-8");
    if (rest[0] == '\0') return ErrorAt(file, at, "source text has no zero bytes");
    if (rest[0] == '\n') {
      ++at.line;
      at.column = 0;
    } else {
      at.column += static_cast<uint32_t>(length);
    }
    rest.remove_prefix(length);
  }
  return absl::OkStatus();
}

bool IsSound(const Tree& tree, const SourceText& source) {
  const SyntaxNode root(ts_tree_root_node(tree.get()), source);
  return root.Is("module") && !root.has_error();
}

absl::Status ReadTree(SourceFile& file) {
  const SourceText source(file.text);
  Tree tree = ParseToTree(file.text);
  if (tree == nullptr) {
    return ErrorAt(file, {}, "this file needs more time or memory to read than any real one");
  }
  if (!IsSound(tree, source)) {
    // Only then, because the help is a guess where f-strings are nested.
    Tree helped = ParseToTree(WithGrammarHelped(file.text));
    if (helped == nullptr || !IsSound(helped, source)) {
      const SyntaxProblem problem = FirstProblem(SyntaxNode(ts_tree_root_node(tree.get()), source));
      return ErrorAt(file, problem.at, problem.message);
    }
    tree = std::move(helped);
  }
  const SyntaxNode root(ts_tree_root_node(tree.get()), source);
  TreeReader reader(file);
  file.body = reader.ReadModule(root);
  return reader.status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SourceFile>> ParsePython(std::string name, std::string text) {
  auto file = std::make_unique<SourceFile>();
  file->name = std::move(name);
  if (text.size() > kMostSourceBytes) {
    return ErrorAt(*file, {},
                   absl::StrFormat("a source file has at most %d MiB", kMostSourceBytes >> 20));
  }
  file->text = Normalized(std::move(text));
  SCONCE_RETURN_IF_ERROR(CheckCharacters(*file));
  SCONCE_RETURN_IF_ERROR(ReadTree(*file));
  return file;
}

}  // namespace sconce::python
