#include "server/frontend/python_source/model/stored_names.h"

#include <optional>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/source_module.h"

namespace sconce::python {
namespace {

// Nullopt: no module of that name, or it has no such name.
absl::StatusOr<std::optional<Value>> FindWhereItSays(Interpreter& interpreter,
                                                     const std::string& module,
                                                     const std::string& name) {
  Library& library = interpreter.library();
  if (module == "builtins" || module == "__builtin__") {
    const Value* builtin = library.builtins().Get(name);
    return builtin == nullptr ? std::nullopt : std::optional<Value>(*builtin);
  }
  SCONCE_ASSIGN_OR_RETURN(const Value found, library.Import(interpreter, module));
  if (ObjectOf<Unknown>(found) != nullptr) return std::nullopt;
  return interpreter.FindAttribute(found, name);
}

absl::StatusOr<std::optional<Value>> FindInSources(Interpreter& interpreter,
                                                   const std::string& name) {
  std::vector<SourceModule*> defining;
  for (const auto& source : interpreter.library().sources()) {
    if (source->Defines(name)) defining.push_back(source.get());
  }
  if (defining.empty()) return std::nullopt;
  if (defining.size() == 1) return defining.front()->Lookup(interpreter, name);
  const auto path = [](std::string* out, const SourceModule* source) {
    *out += source->file().name;
  };
  return absl::FailedPreconditionError(
      absl::StrFormat("several of the source files define %s: %s; give the one that is meant", name,
                      absl::StrJoin(defining, ", ", path)));
}

}  // namespace

StoredName NameOf(const PickleValue& global) {
  const auto module = static_cast<size_t>(global.integer);
  const std::string_view name =
      module < global.text.size() ? global.text.substr(module + 1) : std::string_view();
  return {std::string(global.text.substr(0, module)), std::string(name)};
}

absl::StatusOr<Value> FindStored(Interpreter& interpreter, const StoredName& name) {
  const std::vector<std::string> parts = absl::StrSplit(name.name, '.');
  SCONCE_ASSIGN_OR_RETURN(std::optional<Value> found,
                          FindWhereItSays(interpreter, name.module, parts[0]));
  if (!found.has_value()) {
    SCONCE_ASSIGN_OR_RETURN(found, FindInSources(interpreter, parts[0]));
  }
  for (size_t i = 1; i < parts.size() && found.has_value(); ++i) {
    SCONCE_ASSIGN_OR_RETURN(found, interpreter.FindAttribute(*found, parts[i]));
  }
  if (found.has_value()) return *found;
  return absl::NotFoundError(absl::StrFormat("%s.%s", name.module, name.name));
}

}  // namespace sconce::python
