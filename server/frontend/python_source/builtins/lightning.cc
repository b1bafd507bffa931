// LightningModule: a torch.nn.Module that remembers what it was made with. Of training nothing is
// here. (lightning/pytorch/core/{module,mixins/hparams_mixin}.py)

#include <set>
#include <string>
#include <utility>

#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/configurations.h"
#include "server/frontend/python_source/builtins/inert.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;
using NameSet = std::set<std::string>;

constexpr const char* kHyperParameters = "_hparams";

// Of a text or of an iterable of texts.
absl::StatusOr<NameSet> NamesIn(Interpreter& interpreter, const Value& value) {
  if (const auto* name = std::get_if<std::string>(&value)) return NameSet{*name};
  NameSet names;
  if (Is<None>(value)) return names;
  SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter.Iterate(value));
  for (const Value& item : items) {
    if (const auto* name = std::get_if<std::string>(&item)) names.insert(*name);
  }
  return names;
}

// The arguments that the __init__ which runs now was called with.
std::shared_ptr<Table> ArgumentsOfInit(const Scope& scope) {
  auto table = std::make_shared<Table>();
  const Value* init = scope.owner == nullptr ? nullptr : FindInClass(*scope.owner, "__init__");
  const Function* function = init == nullptr ? nullptr : ObjectOf<Function>(*init);
  for (size_t i = 1; function != nullptr && i < function->parameters->size(); ++i) {
    const Parameter& parameter = (*function->parameters)[i];
    const Value* value = scope.names->Get(parameter.name);
    if (value == nullptr || parameter.kind == ParameterKind::kVarPositional) continue;
    if (parameter.kind != ParameterKind::kVarKeyword) {
      table->Put(parameter.name, *value);
    } else if (const Table* more = DataOf(*value)) {
      for (const Table::Entry& entry : more->entries) table->Set(entry.id, entry.key, entry.value);
    }
  }
  return table;
}

std::shared_ptr<Table> CopyOfConfiguration(const Value& value) {
  if (const Table* data = DataOf(value)) return std::make_shared<Table>(*data);
  const Instance* object = ObjectOf<Instance>(value);
  return object == nullptr ? nullptr : std::make_shared<Table>(*object->attributes);
}

// save_hyperparameters(): all arguments of __init__. With names: only those. With an object: that.
Result SaveHyperparameters(Interpreter& interpreter, Arguments arguments) {
  const Value self = arguments.positional.at(0);
  NameSet ignored;
  if (const Value* names = Keyword(arguments, "ignore")) {
    SCONCE_ASSIGN_OR_RETURN(ignored, NamesIn(interpreter, *names));
  }
  arguments.positional.erase(arguments.positional.begin());
  std::shared_ptr<Table> kept;
  if (arguments.positional.size() == 1) kept = CopyOfConfiguration(arguments.positional[0]);
  if (kept == nullptr) {
    SCONCE_ASSIGN_OR_RETURN(const NameSet wanted,
                            NamesIn(interpreter, TupleOf(std::move(arguments.positional))));
    kept = std::make_shared<Table>();
    const auto given = ArgumentsOfInit(*interpreter.current_scope());
    for (const Table::Entry& entry : given->entries) {
      const auto& name = std::get<std::string>(entry.key);
      if (wanted.empty() || wanted.count(name) > 0) kept->Set(entry.id, entry.key, entry.value);
    }
  }
  for (const std::string& name : ignored) kept->Erase(NameKey(name));
  SCONCE_RETURN_IF_ERROR(interpreter.SetPlainAttribute(
      self, kHyperParameters, AttributeDictOf(interpreter.library(), std::move(kept))));
  return None();
}

Result HyperParametersOf(Interpreter& interpreter, Arguments arguments) {
  const Value self = arguments.positional.at(0);
  if (Is<None>(HeldBy(self, kHyperParameters))) {
    SCONCE_RETURN_IF_ERROR(interpreter.SetPlainAttribute(
        self, kHyperParameters, AttributeDictOf(interpreter.library(), std::make_shared<Table>())));
  }
  return HeldBy(self, kHyperParameters);
}

Result SetHyperParameters(Interpreter& interpreter, Arguments arguments) {
  SCONCE_RETURN_IF_ERROR(interpreter.SetPlainAttribute(arguments.positional.at(0), kHyperParameters,
                                                       arguments.positional.at(1)));
  return None();
}

// A model has no device of its own here; that of its first parameter is the one it runs on.
Result DeviceOf(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Value parameters,
                          interpreter.CallMethod(arguments.positional.at(0), "parameters", {}));
  SCONCE_ASSIGN_OR_RETURN(const auto each, interpreter.Iterate(parameters));
  if (each.empty()) return Value(c10::Device(c10::kCPU));
  return interpreter.GetAttribute(each.front(), "device");
}

Value Property(const char* name, Result (*get)(Interpreter&, Arguments), Value set) {
  return Own(Descriptor{Descriptor::Kind::kProperty, Native(name, get), std::move(set)});
}

}  // namespace

void AddLightning(Library& library) {
  auto type = MakeClass("LightningModule", {library.NativeClass("Module")}, NativeKind::kModule);
  type->module = "lightning.pytorch.core.module";
  Table& members = type->attributes;
  AddMethod(type, "save_hyperparameters", SaveHyperparameters);
  members.Put("hparams",
              Property("hparams", HyperParametersOf, Native("hparams", SetHyperParameters)));
  members.Put("device", Property("device", DeviceOf, None()));
  for (const char* name : {"log", "log_dict", "print"}) members.Put(name, Native(name, ReturnNone));
  library.AddNativeClass(type);
  for (const char* module :
       {"lightning", "lightning.pytorch", "lightning.pytorch.core", "lightning.pytorch.core.module",
        "pytorch_lightning", "pytorch_lightning.core", "pytorch_lightning.core.module",
        "pytorch_lightning.core.lightning"}) {
    const auto names = library.AddNative(module);
    names->names.Put("LightningModule", Value(type));
    names->names.Put("seed_everything", Native("seed_everything", ReturnNone));
  }
}

}  // namespace sconce::python
