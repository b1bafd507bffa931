#include "server/frontend/python_source/model/script_models.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/unknown.h"
#include "server/frontend/python_source/model/constructor_arguments.h"
#include "server/frontend/python_source/model/script_calls.h"
#include "server/frontend/python_source/model/script_frame.h"

namespace sconce::python {
namespace {

// Of Net(3).to(device).eval() the call of Net.
const Expr& InnermostCallee(const sconce::python::Call& call) {
  const auto* method = std::get_if<Attribute>(&call.function->node);
  const auto* inner =
      method == nullptr ? nullptr : std::get_if<sconce::python::Call>(&method->value->node);
  return inner == nullptr ? *call.function : InnermostCallee(*inner);
}

bool Makes(Interpreter& interpreter, SourceModule& source, const sconce::python::Call& call,
           MadeBy by) {
  const auto callee = interpreter.Evaluate(InnermostCallee(call), source.scope());
  if (!callee.ok()) return false;
  if (by == MadeBy::kFunction) return ObjectOf<Function>(*callee) != nullptr;
  return IsModuleClass(*callee);
}

// What DataParallel and the like wrap: served alone.
Value WithoutWrapper(const Value& module) {
  const Instance* instance = ObjectOf<Instance>(module);
  if (instance->type->module.rfind("torch.nn.parallel", 0) != 0) return module;
  const auto parts = TableOf(*instance, "_modules");
  const Value* wrapped = parts == nullptr ? nullptr : parts->Get("module");
  return wrapped == nullptr ? module : *wrapped;
}

// The names that users' files give to classes.
std::set<std::string> ClassNames(const Library& library) {
  std::set<std::string> names;
  for (const auto& source : library.sources()) {
    for (const std::string& name : source->DefinedClasses()) names.insert(name);
  }
  return names;
}

// Within a class of modules: what its methods make are layers.
bool IsOfModule(Interpreter& interpreter, const CodeHome& home) {
  for (const CodeHome* at = &home; at != nullptr; at = at->outer.get()) {
    if (at->type == nullptr) continue;
    const auto type = at->source->Lookup(interpreter, at->type->name);
    if (type.ok() && type->has_value() && IsModuleClass(**type)) return true;
  }
  return false;
}

// NOT_FOUND: it takes arguments that have no names; the message says them: "**config".
absl::StatusOr<std::vector<std::pair<std::string, const Expr*>>> NamedArguments(
    const sconce::python::Call& call, const Value& type) {
  const auto as_written = [](const char* stars, const Expr& expr) {
    const auto* name = std::get_if<Name>(&expr.node);
    return absl::NotFoundError(absl::StrCat(stars, name == nullptr ? "…" : name->id));
  };
  const std::vector<std::string> parameters = PositionalParameters(type);
  std::vector<std::pair<std::string, const Expr*>> named;
  for (const ExprPtr& argument : call.arguments) {
    if (const auto* starred = std::get_if<Starred>(&argument->node)) {
      return as_written("*", *starred->value);
    }
    if (named.size() == parameters.size()) return absl::NotFoundError("*…");
    named.emplace_back(parameters[named.size()], argument.get());
  }
  for (const Keyword& keyword : call.keywords) {
    if (keyword.name.empty()) return as_written("**", *keyword.value);
    named.emplace_back(keyword.name, keyword.value.get());
  }
  return named;
}

absl::StatusOr<Value> KnownValue(absl::StatusOr<Value> value) {
  SCONCE_RETURN_IF_ERROR(value.status());
  SCONCE_RETURN_IF_ERROR(CheckKnown(*value));
  return value;
}

absl::StatusOr<MakingCall> ReadMakingCall(ScriptReading& reading, const ScriptCall& found) {
  ScriptFrame frame(reading, found.home);
  MakingCall making;
  SCONCE_ASSIGN_OR_RETURN(making.type, frame.Evaluate(*found.call->function));
  if (!IsModuleClass(making.type)) return absl::NotFoundError("no class of modules");
  making.place = absl::StrFormat("%s:%d", found.home->source->file().name, found.expr->at.line + 1);
  const auto named = NamedArguments(*found.call, making.type);
  if (!named.ok()) {
    // *sizes, **config: all or nothing.
    auto whole = KnownValue(frame.Evaluate(*found.expr));
    if (whole.ok()) {
      making.type = *std::move(whole);
    } else {
      making.why = whole.status();
      making.missing.emplace_back(named.status().message());
    }
    return making;
  }
  for (const auto& [name, expr] : *named) {
    // Each by itself: what one needs may change what another was made of.
    auto value = KnownValue(ScriptFrame(reading, found.home).Evaluate(*expr));
    if (value.ok()) {
      making.arguments.keywords.emplace_back(name, *std::move(value));
      continue;
    }
    if (making.missing.empty()) making.why = value.status();
    making.missing.push_back(name);
  }
  return making;
}

}  // namespace

std::vector<ScriptModel> FindScriptModels(Interpreter& interpreter, MadeBy by) {
  std::vector<ScriptModel> models;
  for (const auto& source : interpreter.library().sources()) {
    for (const auto& [name, call] : source->AssignedCalls()) {
      if (!Makes(interpreter, *source, *call, by)) continue;
      const auto value = source->Lookup(interpreter, name);
      if (!value.ok() || !value->has_value() || !IsModule(**value)) continue;
      models.push_back(ScriptModel{name, source->file().name, WithoutWrapper(**value)});
    }
  }
  return models;
}

std::vector<MakingCall> FindMakingCalls(Interpreter& interpreter, HyperParameters& stored) {
  constexpr size_t kMost = 64;
  constexpr size_t kMostTried = 1000;
  const ScriptCalls calls(interpreter.library());
  const std::set<std::string> classes = ClassNames(interpreter.library());
  std::vector<MakingCall> found;
  size_t tried = 0;
  int frames = 0;
  for (const ScriptCall& call : calls.all()) {
    const std::string* name = CalledName(*call.call);
    if (name == nullptr || classes.count(*name) == 0 || IsOfModule(interpreter, *call.home))
      continue;
    for (HyperParameters* said : {&stored, static_cast<HyperParameters*>(nullptr)}) {
      if (said != nullptr && said->empty()) continue;
      ScriptReading reading(interpreter, calls);
      reading.stored = said;
      reading.frames = frames;
      auto making = ReadMakingCall(reading, call);
      frames = reading.frames;
      if (!making.ok() || (said != nullptr && !reading.used_stored)) continue;
      making->as_stored = reading.used_stored;
      found.push_back(*std::move(making));
    }
    if (found.size() >= kMost || ++tried >= kMostTried) break;
  }
  return found;
}

}  // namespace sconce::python
