#include "server/frontend/python_source/interpreter/library.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/syntax/parse_python.h"
#include "server/frontend/python_source/torch/own_sources.h"

namespace sconce::python {
namespace {

// "models/blocks.py" → "models.blocks"; a package's __init__.py is the package.
std::string DottedName(std::string path) {
  if (absl::EndsWith(path, ".py")) path.resize(path.size() - 3);
  std::string dotted = absl::StrReplaceAll(path, {{"/", "."}});
  while (!dotted.empty() && dotted.front() == '.') dotted.erase(0, 1);
  if (absl::EndsWith(dotted, ".__init__")) dotted.resize(dotted.size() - 9);
  return dotted;
}

// How many folders two files have in common, from the outermost on.
size_t SharedFolders(const std::string& one, const std::string& other) {
  const std::vector<std::string> a = absl::StrSplit(one, '.');
  const std::vector<std::string> b = absl::StrSplit(other, '.');
  const auto most = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()) - 1);
  return std::mismatch(a.begin(), a.begin() + most, b.begin()).first - a.begin();
}

std::string LastPart(const std::string& dotted) {
  const size_t dot = dotted.rfind('.');
  return dot == std::string::npos ? dotted : dotted.substr(dot + 1);
}

}  // namespace

Library::Library(std::map<std::string, Value> definitions)
    : definitions_(std::move(definitions)),
      object_class_(MakeClass("object", {}, NativeKind::kObject)) {
  AddBuiltins(*this);
}

absl::Status Library::AddSource(const std::string& path, std::string text) {
  auto file = ParsePython(path, std::move(text));
  if (!file.ok()) {
    broken_.emplace(DottedName(path), file.status().message());
    return file.status();
  }
  sources_.push_back(
      std::make_unique<SourceModule>(DottedName(path), *std::move(file), /*is_library=*/false));
  return absl::OkStatus();
}

absl::StatusOr<const Expr*> Library::AddExpression(const std::string& name,
                                                   const std::string& text) {
  SCONCE_ASSIGN_OR_RETURN(auto file, ParsePython(name, text));
  const auto* statement =
      file->body.size() == 1 ? std::get_if<ExprStmt>(&file->body[0]->node) : nullptr;
  if (statement == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(name, " ", text, " is no expression"));
  }
  expressions_.push_back(std::move(file));
  return statement->value.get();
}

std::shared_ptr<Namespace> Library::AddNative(const std::string& name) {
  auto module = std::make_shared<Namespace>();
  module->name = name;
  namespaces_[name] = module;
  return module;
}

Value Library::NamespaceOf(SourceModule& source) {
  auto& module = namespaces_["<file>" + source.name()];
  if (module == nullptr) {
    module = std::make_shared<Namespace>();
    module->name = source.name();
    module->source = &source;
  }
  return Value(module);
}

std::optional<Value> Library::SourceNamed(const std::string& dotted_name) {
  for (const auto& source : sources_) {
    if (source->name() == dotted_name) return NamespaceOf(*source);
  }
  return std::nullopt;
}

// The user's file whose path is the name or ends as it says.
std::optional<Value> Library::FindSource(Interpreter& interpreter, const std::string& dotted_name) {
  if (auto source = SourceNamed(dotted_name)) return source;
  std::vector<SourceModule*> fitting;
  for (const auto& source : sources_) {
    if (absl::EndsWith(source->name(), "." + dotted_name)) fitting.push_back(source.get());
  }
  if (fitting.empty()) return std::nullopt;
  const SourceModule* importer = interpreter.current_module();
  const auto nearness = [&](const SourceModule* source) {
    return importer == nullptr ? 0 : SharedFolders(source->name(), importer->name());
  };
  std::stable_sort(fitting.begin(), fitting.end(),
                   [&](const auto* a, const auto* b) { return nearness(a) > nearness(b); });
  if (fitting.size() == 1 || nearness(fitting[0]) > nearness(fitting[1])) {
    return NamespaceOf(*fitting[0]);
  }
  return Own(Unknown{dotted_name,
                     absl::StrCat("it may be ", fitting[0]->file().name, " or ",
                                  fitting[1]->file().name, "; give only the one that is meant")});
}

absl::StatusOr<std::shared_ptr<Namespace>> Library::FindOwn(const std::string& dotted_name) {
  const auto known = namespaces_.find(dotted_name);
  if (known != namespaces_.end()) return known->second;
  const auto text = OwnSource(dotted_name);
  if (!text.has_value()) return nullptr;
  SCONCE_ASSIGN_OR_RETURN(auto file, ParsePython(dotted_name, std::string(*text)));
  own_.push_back(std::make_unique<SourceModule>(dotted_name, std::move(file), true));
  auto module = AddNative(dotted_name);
  module->source = own_.back().get();
  return module;
}

absl::StatusOr<std::optional<Value>> Library::OwnFunction(Interpreter& interpreter,
                                                          const std::string& module,
                                                          const std::string& name) {
  SCONCE_ASSIGN_OR_RETURN(const auto own, FindOwn(module));
  if (own == nullptr || own->source == nullptr) return std::nullopt;
  SCONCE_ASSIGN_OR_RETURN(auto found, own->source->Lookup(interpreter, name));
  const bool is_function = found.has_value() && ObjectOf<Function>(*found) != nullptr;
  return is_function ? std::move(found) : std::nullopt;
}

bool Library::IsGivenPackage(const std::string& name) const {
  return std::any_of(sources_.begin(), sources_.end(), [&](const auto& source) {
    const std::string& file = source->file().name;
    return file == name + "/__init__.py" || absl::EndsWith(file, "/" + name + "/__init__.py");
  });
}

absl::StatusOr<Value> Library::Import(Interpreter& interpreter, const std::string& name) {
  if (auto source = SourceNamed(name)) return *source;
  // A file such as layers/torch.py is not what `import torch` means; but a whole package that is
  // given stands before the parts of it that are Sconce's own.
  const bool own_first =
      !IsGivenPackage(name) &&
      (!absl::StrContains(name, '.') || name == "torch" || absl::StartsWith(name, "torch."));
  for (const bool look_in_own : {own_first, !own_first}) {
    if (look_in_own) {
      SCONCE_ASSIGN_OR_RETURN(auto own, FindOwn(name));
      if (own != nullptr) return Value(own);
    } else if (auto source = FindSource(interpreter, name)) {
      return *source;
    }
  }
  for (const auto& [broken, error] : broken_) {
    if (broken == name || absl::EndsWith(broken, "." + name)) return Own(Unknown{name, error});
  }
  const std::string last = LastPart(name);
  // A file given on its own stands for the module of a package that is not there. Sconce's own
  // packages are.
  const bool is_torchs = absl::StartsWith(name, "torch.");
  if (last != name && !is_torchs) {
    if (auto source = FindSource(interpreter, last)) return *source;
  }
  return Own(Unknown{name, absl::StrCat("the module ", name,
                                        " is not part of Sconce; give its source file too, if it "
                                        "matters")});
}

absl::StatusOr<Value> Library::ImportRelative(Interpreter& interpreter, const SourceModule& from,
                                              size_t level, const std::string& name) {
  std::vector<std::string> parts = absl::StrSplit(from.name(), '.');
  const bool is_package = absl::EndsWith(from.file().name, "__init__.py");
  const size_t up = level - (is_package ? 1 : 0);
  parts.resize(parts.size() > up ? parts.size() - up : 0);
  std::string full;
  for (const std::string& part : parts) absl::StrAppend(&full, full.empty() ? "" : ".", part);
  if (!name.empty()) absl::StrAppend(&full, full.empty() ? "" : ".", name);
  if (full.empty()) {
    // `from . import blocks` beside a file without a package: its names are files.
    auto folder = std::make_shared<Namespace>();
    folder->name = "";
    folder->find = [this](Interpreter& running, const std::string& file) {
      return Import(running, file);
    };
    return Value(folder);
  }
  return Import(interpreter, full);
}

absl::StatusOr<Value> Library::ImportName(Interpreter& interpreter, const Value& module,
                                          const std::string& name) {
  if (const Unknown* unknown = ObjectOf<Unknown>(module)) {
    if (auto source = FindSource(interpreter, name)) return *source;
    for (const std::string& defined_name : {unknown->name + "." + name, name}) {
      if (const Value* defined = Definition(defined_name)) return *defined;
    }
    // A package that is not given may pass on what one of the given files defines.
    const auto defines = [&](const auto& source) { return source->Defines(name); };
    const auto source = std::find_if(sources_.begin(), sources_.end(), defines);
    if (source != sources_.end() &&
        std::find_if(source + 1, sources_.end(), defines) == sources_.end()) {
      SCONCE_ASSIGN_OR_RETURN(const auto value, (*source)->Lookup(interpreter, name));
      if (value.has_value()) {
        interpreter.Note(absl::StrCat(name, " of ", unknown->name,
                                      ", which is not given, is taken from ",
                                      (*source)->file().name));
        return *value;
      }
    }
  }
  return interpreter.GetAttribute(module, name);
}

namespace {

// What a star takes: __all__ if it is there, else what has no underscore.
absl::StatusOr<std::vector<std::string>> ExportedNames(Interpreter& interpreter,
                                                       SourceModule& source) {
  std::vector<std::string> names;
  const auto listed = source.Lookup(interpreter, "__all__");
  if (listed.ok() && listed->has_value()) {
    SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter.Iterate(**listed));
    for (const Value& item : items) {
      if (const auto* name = std::get_if<std::string>(&item)) names.push_back(*name);
    }
    return names;
  }
  SCONCE_RETURN_IF_ERROR(source.RunStarImports(interpreter));
  names = source.TopLevelNames();
  for (const Table::Entry& entry : source.scope().names->entries) {
    names.push_back(std::get<std::string>(entry.key));
  }
  std::erase_if(names, [](const std::string& name) { return name.empty() || name[0] == '_'; });
  return names;
}

}  // namespace

absl::Status Library::ImportAll(Interpreter& interpreter, const Value& module, Scope& scope) {
  Namespace* names = ObjectOf<Namespace>(module);
  if (names == nullptr) return absl::OkStatus();  // what it would have given stays unknown
  for (const Table::Entry& entry : names->names.entries) {
    SCONCE_RETURN_IF_ERROR(interpreter.Bind(std::get<std::string>(entry.key), entry.value, scope));
  }
  if (names->source == nullptr) return absl::OkStatus();
  SCONCE_ASSIGN_OR_RETURN(const auto exported, ExportedNames(interpreter, *names->source));
  for (const std::string& name : exported) {
    // What can't be made is asked for by who needs it.
    const auto value = names->source->Lookup(interpreter, name);
    const bool raised = !value.ok() && !RaisedClass(value.status()).empty();
    if (raised) return value.status();
    if (!value.ok()) {
      const Unknown missing{name, std::string(value.status().message())};
      SCONCE_RETURN_IF_ERROR(interpreter.Bind(name, Own(Unknown(missing)), scope));
    } else if (value->has_value()) {
      SCONCE_RETURN_IF_ERROR(interpreter.Bind(name, **value, scope));
    }
  }
  return absl::OkStatus();
}

void Library::RunRegistrations(Interpreter& interpreter, const SourceModule& module,
                               const std::string& name) {
  if (!registered_.emplace(&module, name).second) return;
  for (const std::string& changer : module.ChangersOf(name)) {
    for (const auto& source : sources_) {
      if (source.get() != &module) source->RunDecoratedBy(interpreter, changer);
    }
  }
}

absl::StatusOr<std::optional<Value>> Library::LookupGlobal(Interpreter& interpreter,
                                                           SourceModule& module,
                                                           const std::string& name) {
  if (!module.is_library()) {
    if (const Value* defined = Definition(name)) return std::optional<Value>(*defined);
  }
  return module.Lookup(interpreter, name);
}

const Value* Library::Definition(const std::string& dotted_name) const {
  const auto found = definitions_.find(dotted_name);
  return found == definitions_.end() ? nullptr : &found->second;
}

std::shared_ptr<Class> Library::NativeClass(const std::string& name) const {
  const auto found = classes_.find(name);
  return found == classes_.end() ? nullptr : found->second;
}

void Library::AddNativeClass(const std::shared_ptr<Class>& type) { classes_[type->name] = type; }

void Library::RememberException(const std::shared_ptr<Class>& type) {
  classes_.emplace(type->name, type);
}

std::shared_ptr<Class> Library::ExceptionClass(const std::string& name) const {
  const auto known = NativeClass(name);
  return known != nullptr ? known : NativeClass("Exception");
}

}  // namespace sconce::python
