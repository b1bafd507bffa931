// argparse: a script's options have the values that its parser gives them on an empty command line,
// until --define says otherwise.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/configurations.h"
#include "server/frontend/python_source/builtins/inert.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;

constexpr const char* kOptions = "<options>";
constexpr const char* kWhyUnknown = "no command line is parsed here";

std::shared_ptr<Table> OptionsOf(const Value& parser) {
  const Instance* instance = ObjectOf<Instance>(parser);
  const Value* held = instance == nullptr ? nullptr : instance->attributes->Get(kOptions);
  const auto* options = held == nullptr ? nullptr : std::get_if<Dict>(held);
  return options == nullptr ? std::make_shared<Table>() : options->table;
}

Result InitParser(Interpreter&, Arguments arguments) {
  ObjectOf<Instance>(arguments.positional.at(0))
      ->attributes->Put(kOptions, Dict{std::make_shared<Table>()});
  return None();
}

// The attribute that an option becomes: of its names ("-n", "--hidden-size") the first long one.
std::string DestinationOf(const Arguments& arguments) {
  if (const Value* given = Keyword(arguments, "dest")) {
    const auto* name = std::get_if<std::string>(given);
    return name == nullptr ? "" : *name;
  }
  std::string destination;
  for (size_t i = 1; i < arguments.positional.size(); ++i) {
    const auto* name = std::get_if<std::string>(&arguments.positional[i]);
    if (name == nullptr) continue;
    const bool is_long = absl::StartsWith(*name, "--");
    if (!destination.empty() && !is_long) continue;
    destination = name->substr(std::min(name->size(), name->find_first_not_of('-')));
    if (is_long) break;
  }
  return absl::StrReplaceAll(destination, {{"-", "_"}});
}

// What the option is when nobody gives it; nullopt: there is no saying.
std::optional<Value> DefaultOf(Interpreter& interpreter, const Arguments& arguments) {
  const Value* required = Keyword(arguments, "required");
  if (required != nullptr && !(Is<bool>(*required) && !std::get<bool>(*required)))
    return std::nullopt;
  const Value* fallback = Keyword(arguments, "default");
  const Value* action = Keyword(arguments, "action");
  if (fallback == nullptr) {
    if (action != nullptr && IsString(*action, "store_true")) return Value(false);
    if (action != nullptr && IsString(*action, "store_false")) return Value(true);
    return std::nullopt;
  }
  const Value* type = Keyword(arguments, "type");
  if (type == nullptr || !Is<std::string>(*fallback)) return *fallback;
  const auto converted = interpreter.Call(*type, {{*fallback}, {}});
  const bool is_known = converted.ok() && ObjectOf<Unknown>(*converted) == nullptr;
  return is_known ? std::optional<Value>(*converted) : std::nullopt;
}

Result AddOption(Interpreter& interpreter, Arguments arguments) {
  const std::string name = DestinationOf(arguments);
  auto value = DefaultOf(interpreter, arguments);
  if (value.has_value()) OptionsOf(arguments.positional.at(0))->Put(name, *std::move(value));
  return None();
}

Result SetDefaults(Interpreter&, Arguments arguments) {
  const auto options = OptionsOf(arguments.positional.at(0));
  for (auto& [name, value] : arguments.keywords) options->Put(name, std::move(value));
  return None();
}

Result ParseOptions(Interpreter&, Arguments arguments) {
  return Own(Unknown{"the command line", kWhyUnknown,
                     std::make_shared<Table>(*OptionsOf(arguments.positional.at(0)))});
}

Result ParseKnownOptions(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(Value options, ParseOptions(interpreter, std::move(arguments)));
  return TupleOf({std::move(options), ListOf({})});
}

Value ParserClass(const Library& library) {
  auto type = MakeClass("ArgumentParser", {library.object_class()}, NativeKind::kObject);
  type->module = "argparse";
  const std::pair<const char*, Result (*)(Interpreter&, Arguments)> methods[] = {
      {"__init__", InitParser},
      {"add_argument", AddOption},
      {"set_defaults", SetDefaults},
      // A group is the parser itself.
      {"add_argument_group", ReturnFirst},
      {"add_mutually_exclusive_group", ReturnFirst},
      {"parse_args", ParseOptions},
      {"parse_known_args", ParseKnownOptions}};
  for (const auto& [name, method] : methods) AddMethod(type, name, method);
  return Value(type);
}

}  // namespace

void AddCommandLine(Library& library) {
  const auto argparse = library.AddNative("argparse");
  argparse->names.Put("Namespace", NamespaceClass(library, "argparse"));
  argparse->names.Put("ArgumentParser", ParserClass(library));
  argparse->find = [](Interpreter&, const std::string& name) -> Result {
    return Own(Unknown{"argparse." + name, kWhyUnknown});
  };
}

}  // namespace sconce::python
