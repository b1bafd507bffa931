#include <algorithm>
#include <utility>

#include "server/frontend/python_source/syntax/tree_reader.h"

namespace sconce::python {

StmtPtr TreeReader::ReadImport(const SyntaxNode& node) {
  return MakeStmt(node, Import{ReadImportedNames(node.Children())});
}

StmtPtr TreeReader::ReadImportFrom(const SyntaxNode& node) {
  const SyntaxNodes children = node.Children();
  ImportFrom made;
  if (node.Is("future_import_statement")) {
    made.module = "__future__";
  } else {
    const SyntaxNode& module = Field(children, "module_name", node);
    if (!module.Is("relative_import")) {
      made.module = DottedName(module);
    } else {
      for (const SyntaxNode& part : module.NamedChildren()) {
        if (part.Is("import_prefix")) {
          const std::string_view dots = part.text();
          made.level = static_cast<uint32_t>(std::count(dots.begin(), dots.end(), '.'));
        } else {
          made.module = DottedName(part);
        }
      }
    }
  }
  if (FindType(children, "wildcard_import") != nullptr) {
    made.names.push_back({"*", ""});
  } else {
    made.names = ReadImportedNames(children);
  }
  return MakeStmt(node, std::move(made));
}

std::vector<ImportedName> TreeReader::ReadImportedNames(const SyntaxNodes& children) {
  std::vector<ImportedName> names;
  for (const SyntaxNode& child : children) {
    if (child.field() != "name" || !child.named()) continue;
    if (child.Is("aliased_import")) {
      const SyntaxNodes parts = child.Children();
      std::string name = DottedName(Field(parts, "name", child));
      names.push_back({std::move(name), Identifier(Field(parts, "alias", child))});
    } else {
      names.push_back({DottedName(child), ""});
    }
  }
  return names;
}

std::string TreeReader::DottedName(const SyntaxNode& node) {
  std::string name;
  for (const SyntaxNode& part : node.NamedChildren()) {
    if (!name.empty()) name += '.';
    name += Identifier(part);
  }
  return name;
}

}  // namespace sconce::python
