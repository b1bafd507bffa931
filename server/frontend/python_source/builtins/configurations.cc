#include "server/frontend/python_source/builtins/configurations.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;

// What is in a configuration is one itself: dicts, and those in lists.
Value WithAttributes(const Library& library, const Value& entry) {
  if (const auto* dict = std::get_if<Dict>(&entry)) return AttributeDictOf(library, dict->table);
  const List* list = ObjectOf<List>(entry);
  const bool holds_dicts =
      list != nullptr && std::any_of(list->items.begin(), list->items.end(),
                                     [](const Value& item) { return Is<Dict>(item); });
  if (!holds_dicts) return entry;
  std::vector<Value> items;
  for (const Value& item : list->items) items.push_back(WithAttributes(library, item));
  return ListOf(std::move(items));
}

Result GetEntry(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken,
                          Take("__getattr__", std::move(arguments), {"self", "name"}, 2));
  const auto* name = std::get_if<std::string>(&*taken[1]);
  const Table* data = DataOf(*taken[0]);
  const Value* entry = name == nullptr || data == nullptr ? nullptr : data->Get(*name);
  if (entry == nullptr) {
    return Raised("AttributeError",
                  absl::StrFormat("the configuration has no \"%s\"", name == nullptr ? "" : *name));
  }
  return WithAttributes(interpreter.library(), *entry);
}

Result GetEntryByKey(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Value entry,
                          interpreter.GetItem(HeldBy(arguments.positional.at(0), "<data>"),
                                              arguments.positional.at(1)));
  return WithAttributes(interpreter.library(), entry);
}

Result SetEntry(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("__setattr__", std::move(arguments), {"self", "name", "value"}, 3));
  SCONCE_RETURN_IF_ERROR(interpreter.SetItem(*taken[0], *taken[1], *std::move(taken[2])));
  return None();
}

Result EntriesOfDict(Interpreter&, Arguments arguments) {
  return HeldBy(arguments.positional.at(0), "<data>");
}

Result InitNamespace(Interpreter&, Arguments arguments) {
  const Instance* self = ObjectOf<Instance>(arguments.positional.at(0));
  for (auto& [name, value] : arguments.keywords) self->attributes->Put(name, std::move(value));
  return None();
}

}  // namespace

Value NamespaceClass(const Library& library, std::string module) {
  auto type = MakeClass("Namespace", {library.object_class()}, NativeKind::kObject);
  type->module = std::move(module);
  AddMethod(type, "__init__", InitNamespace);
  return Value(type);
}

Value AttributeDictOf(const Library& library, std::shared_ptr<Table> table) {
  const Value made = NewInstance(library.NativeClass("AttributeDict"));
  ObjectOf<Instance>(made)->attributes->Put("<data>", Dict{std::move(table)});
  return made;
}

void AddConfigurations(Library& library) {
  auto type = MakeClass("AttributeDict", {library.NativeClass("dict")}, NativeKind::kDict);
  AddMethod(type, "__getattr__", GetEntry);
  AddMethod(type, "__getitem__", GetEntryByKey);
  AddMethod(type, "__setattr__", SetEntry);
  type->attributes.Put("__dict__", Own(Descriptor{Descriptor::Kind::kProperty,
                                                  Native("__dict__", EntriesOfDict), None()}));
  library.AddNativeClass(type);
  const std::pair<const char*, const char*> names[] = {
      {"easydict", "EasyDict"},
      {"munch", "Munch"},
      {"addict", "Dict"},
      {"pytorch_lightning.utilities.parsing", "AttributeDict"},
      {"lightning.pytorch.utilities.parsing", "AttributeDict"},
      {"lightning.fabric.utilities.data", "AttributeDict"},
      {"lightning_fabric.utilities.data", "AttributeDict"}};
  for (const auto& [module, name] : names) library.AddNative(module)->names.Put(name, Value(type));

  const auto types = library.AddNative("types");
  types->names.Put("SimpleNamespace", NamespaceClass(library, "types"));
  for (const char* name :
       {"FunctionType", "LambdaType", "MethodType", "ModuleType", "BuiltinFunctionType"}) {
    types->names.Put(name, Value(MakeClass(name, {library.object_class()}, NativeKind::kObject)));
  }
}

}  // namespace sconce::python
