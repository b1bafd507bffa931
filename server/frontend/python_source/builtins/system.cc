// sys, os and the like: of the process that a model's code would run in there is none here. Its
// environment is empty, paths are texts, and everything else stays unknown.

#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/json_value.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;

void LeaveUnknown(Namespace& module) {
  module.find = [module = module.name](Interpreter&, const std::string& name) -> Result {
    return Own(
        Unknown{absl::StrCat(module, ".", name), "it is of a Python process, which does not run"});
  };
}

// Paths are known texts here, or unknown as a whole: __file__ and what is made of it.
absl::StatusOr<std::string> PathIn(const Value& value) {
  SCONCE_RETURN_IF_ERROR(CheckKnown(value));
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return Raised("TypeError", "a path is a str");
}

// sys.modules["package.module"]: what an import of that name gives.
Value ImportedModules(Library& library) {
  auto type = MakeClass("modules", {library.object_class()}, NativeKind::kObject);
  type->attributes.Put(
      "__getitem__",
      Native("__getitem__", [](Interpreter& interpreter, Arguments arguments) -> Result {
        const auto* name = std::get_if<std::string>(&arguments.positional.at(1));
        if (name == nullptr) return Raised("KeyError", "names of modules are strs");
        return interpreter.library().Import(interpreter, *name);
      }));
  AddMethod(type, "__contains__", [](Interpreter& interpreter, Arguments arguments) -> Result {
    SCONCE_ASSIGN_OR_RETURN(const auto taken,
                            Take("__contains__", std::move(arguments), {"self", "name"}, 2));
    SCONCE_ASSIGN_OR_RETURN(const std::string name, PathIn(*taken[1]));
    SCONCE_ASSIGN_OR_RETURN(const Value module, interpreter.library().Import(interpreter, name));
    return ObjectOf<Unknown>(module) == nullptr;
  });
  return NewInstance(type);
}

void AddSys(Library& library) {
  const auto system = library.AddNative("sys");
  system->names.Put("modules", ImportedModules(library));
  system->names.Put("maxsize", std::numeric_limits<int64_t>::max());
  system->names.Put("version_info", TupleOf({int64_t{3}, int64_t{11}, int64_t{0}}));
  system->names.Put("platform", std::string("linux"));
  LeaveUnknown(*system);
}

Result JoinPaths(Interpreter&, Arguments arguments) {
  std::string path;
  for (const Value& each : arguments.positional) {
    SCONCE_ASSIGN_OR_RETURN(const std::string part, PathIn(each));
    if (absl::StartsWith(part, "/")) path.clear();
    if (!path.empty() && path.back() != '/') path += '/';
    path += part;
  }
  return path;
}

// Before and after the last slash, or the last dot of the name.
using Halves = std::pair<std::string, std::string>;

Halves SplitPath(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash == 0 ? 1 : slash), path.substr(slash + 1)};
}

Halves SplitExtension(const std::string& path) {
  const std::string name = SplitPath(path).second;
  const size_t dot = name.find_last_of('.');
  if (dot == std::string::npos || name.find_first_not_of('.') > dot) return {path, ""};
  const size_t at = path.size() - name.size() + dot;
  return {path.substr(0, at), path.substr(at)};
}

template <Halves (*kSplit)(const std::string&)>
Result HalvesOf(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("split", std::move(arguments), {"path"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const std::string path, PathIn(*taken[0]));
  Halves halves = kSplit(path);
  return TupleOf({std::move(halves.first), std::move(halves.second)});
}

template <bool kName>
Result HalfOf(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Value halves,
                          HalvesOf<SplitPath>(interpreter, std::move(arguments)));
  return ObjectOf<Tuple>(halves)->items[kName ? 1 : 0];
}

constexpr char kExists[] = "exists";
constexpr char kIsFile[] = "isfile";
constexpr char kIsFolder[] = "isdir";

// A model is built where its script's files are not.
template <const char* kWhat>
Result IsThere(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take(kWhat, std::move(arguments), {"path"}, 1));
  const auto* path = std::get_if<std::string>(&*taken[0]);
  interpreter.Note(
      absl::StrFormat("os.path.%s(%s) is taken to be False: no file of the script is here", kWhat,
                      path == nullptr ? "…" : *path));
  return false;
}

Result GetVariable(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("getenv", std::move(arguments), {"key", "default"}, 1));
  return taken[1].value_or(None());
}

// os.environ: nothing is set in it; what is asked for as if it were is for the user to say.
Value Environment(Library& library) {
  auto type = MakeClass("_Environ", {library.NativeClass("dict")}, NativeKind::kDict);
  AddMethod(type, "__getitem__", [](Interpreter&, Arguments arguments) -> Result {
    const auto* name = std::get_if<std::string>(&arguments.positional.at(1));
    const Table* set = DataOf(arguments.positional[0]);
    const Value* value = name == nullptr || set == nullptr ? nullptr : set->Get(*name);
    if (value != nullptr) return *value;
    return Own(Unknown{"os.environ[]", "it is of a Python process, which does not run"});
  });
  return NewInstance(type);
}

void AddOs(Library& library) {
  const auto os = library.AddNative("os");
  os->names.Put("environ", Environment(library));
  os->names.Put("getenv", Native("getenv", GetVariable));
  os->names.Put("name", std::string("posix"));
  os->names.Put("sep", std::string("/"));
  os->names.Put("cpu_count", Native("cpu_count", [](Interpreter&, Arguments) -> Result {
                  return int64_t{1};  // of the threads that load data, which nobody does here
                }));
  LeaveUnknown(*os);
  const auto path = library.AddNative("os.path");
  const std::pair<const char*, Result (*)(Interpreter&, Arguments)> functions[] = {
      {"join", JoinPaths},
      {"basename", HalfOf<true>},
      {"dirname", HalfOf<false>},
      {"split", HalvesOf<SplitPath>},
      {"splitext", HalvesOf<SplitExtension>},
      {kExists, IsThere<kExists>},
      {kIsFile, IsThere<kIsFile>},
      {kIsFolder, IsThere<kIsFolder>}};
  for (const auto& [name, function] : functions) path->names.Put(name, Native(name, function));
  LeaveUnknown(*path);
  os->names.Put("path", Value(path));
}

// Whether a module can be imported here: given, or Sconce's own.
Result FindSpec(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("find_spec", std::move(arguments), {"name", "package"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const std::string name, PathIn(*taken[0]));
  SCONCE_ASSIGN_OR_RETURN(Value module, interpreter.library().Import(interpreter, name));
  return ObjectOf<Unknown>(module) != nullptr ? Value(None()) : module;
}

Result ImportModule(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("import_module", std::move(arguments), {"name", "package"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const std::string name, PathIn(*taken[0]));
  return interpreter.library().Import(interpreter, name);
}

// __import__("torch.nn") gives torch, unless names of the module are asked for.
Result ImportTop(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("__import__", std::move(arguments),
                                           {"name", "globals", "locals", "fromlist", "level"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const Value module, ImportModule(interpreter, {{*taken[0]}, {}}));
  SCONCE_ASSIGN_OR_RETURN(const Value names, interpreter.Truth(taken[3].value_or(false)));
  const auto* name = std::get_if<std::string>(&*taken[0]);
  if (name == nullptr || std::get_if<bool>(&names) == nullptr || std::get<bool>(names))
    return module;
  return ImportModule(interpreter, {{name->substr(0, name->find('.'))}, {}});
}

// json.loads of a text that the script has.
Result ReadJson(Interpreter&, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("loads", std::move(arguments), {"s"}, 1));
  SCONCE_RETURN_IF_ERROR(CheckKnown(*taken[0]));
  const auto* text = std::get_if<std::string>(&*taken[0]);
  if (text == nullptr) return Raised("TypeError", "the JSON object must be str");
  auto value = ValueFromJson(*text);
  if (!value.ok()) return Raised("ValueError", std::string(value.status().message()));
  return value;
}

void AddJson(Library& library) {
  const auto json = library.AddNative("json");
  json->names.Put("loads", Native("loads", ReadJson));
  LeaveUnknown(*json);
}

void AddImportLib(Library& library) {
  const auto importlib = library.AddNative("importlib");
  importlib->names.Put("import_module", Native("import_module", ImportModule));
  library.builtins().Put("__import__", Native("__import__", ImportTop));
  const auto util = library.AddNative("importlib.util");
  util->names.Put("find_spec", Native("find_spec", FindSpec));
  importlib->names.Put("util", Value(util));
}

}  // namespace

void AddSystem(Library& library) {
  AddImportLib(library);
  AddJson(library);
  AddSys(library);
  AddOs(library);
}

}  // namespace sconce::python
