#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/builtins/module_names.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/source_module.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

using Found = absl::StatusOr<std::optional<Value>>;

Found FindInModule(const Instance& instance, const std::string& name) {
  for (const char* table : {"_parameters", "_buffers", "_modules"}) {
    const auto entries = TableOf(instance, table);
    if (entries == nullptr) continue;
    if (const Value* value = entries->Get(name)) return *value;
  }
  return std::nullopt;
}

// What layers compute from other parameters instead of holding it, such as a weight with
// weight_norm: `_computed` names the function and what it takes after the module and the name.
Found FindComputed(Interpreter& interpreter, const Value& self, const Instance& instance,
                   const std::string& name) {
  const auto computed = TableOf(instance, "_computed");
  const Value* how = computed == nullptr ? nullptr : computed->Get(name);
  if (how == nullptr) return std::nullopt;
  const Tuple* call = ObjectOf<Tuple>(*how);
  if (call == nullptr || call->items.empty()) return std::nullopt;
  Arguments arguments{{self, name}, {}};
  arguments.positional.insert(arguments.positional.end(), call->items.begin() + 1,
                              call->items.end());
  SCONCE_ASSIGN_OR_RETURN(Value value, interpreter.Call(call->items[0], std::move(arguments)));
  return std::optional<Value>(std::move(value));
}

// Module.__getattr__: what is in its tables.
Value TablesLookup(const Value& self) {
  return Native("__getattr__", [self](Interpreter&, Arguments given) -> absl::StatusOr<Value> {
    const auto* name =
        given.positional.empty() ? nullptr : std::get_if<std::string>(&given.positional.back());
    if (name == nullptr) return Raised("TypeError", "attribute name must be string");
    SCONCE_ASSIGN_OR_RETURN(auto value, FindInModule(*ObjectOf<Instance>(self), *name));
    if (value.has_value()) return *std::move(value);
    return Raised("AttributeError",
                  absl::StrFormat("'%s' object has no attribute '%s'", TypeName(self), *name));
  });
}

Found FindInInstance(Interpreter& interpreter, const Value& self, const Instance& instance,
                     const std::string& name) {
  const Class& type = *instance.type;
  const Value* in_class = FindInClass(type, name);
  const Descriptor* descriptor = in_class == nullptr ? nullptr : ObjectOf<Descriptor>(*in_class);
  if (descriptor != nullptr && descriptor->kind == Descriptor::Kind::kProperty) {
    SCONCE_ASSIGN_OR_RETURN(Value value, interpreter.Call(descriptor->function, {{self}, {}}));
    return std::optional<Value>(std::move(value));
  }
  // A constructor sees its module as Python makes it; a model serves in eval mode.
  if (name == "training" && type.kind == NativeKind::kModule && interpreter.recorder() != nullptr) {
    return Value(false);
  }
  if (const Value* own = instance.attributes->Get(name)) return *own;
  if (type.kind == NativeKind::kModule) {
    SCONCE_ASSIGN_OR_RETURN(auto value, FindComputed(interpreter, self, instance, name));
    if (!value.has_value()) {
      SCONCE_ASSIGN_OR_RETURN(value, FindInModule(instance, name));
    }
    if (value.has_value()) return value;
  }
  if (in_class != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(Value value,
                            interpreter.BindMethod(self, *in_class, Value(instance.type)));
    return std::optional<Value>(std::move(value));
  }
  if (name == "__class__") return Value(instance.type);
  if (name == "__module__") return Value(type.module);
  if (name == "__getattr__" && type.kind == NativeKind::kModule) return TablesLookup(self);
  if (name == "__dict__") return Value(Dict{instance.attributes});
  if (type.kind == NativeKind::kDict) {
    SCONCE_ASSIGN_OR_RETURN(auto value, FindMethod(interpreter, HeldBy(self, "<data>"), name));
    if (value.has_value()) return value;
  }
  if (const Value& data = Plain(self); &data != &self) {
    SCONCE_ASSIGN_OR_RETURN(auto value, FindMethod(interpreter, data, name));
    if (value.has_value()) return value;
  }
  const Value* fallback = FindInClass(type, "__getattr__");
  if (fallback == nullptr || name.substr(0, 2) == "__") return std::nullopt;
  SCONCE_ASSIGN_OR_RETURN(Value value, interpreter.Call(*fallback, {{self, name}, {}}));
  return std::optional<Value>(std::move(value));
}

// super().name: what the bases after a class have, bound to the object.
Found FindInSuper(Interpreter& interpreter, const Value& super, const std::string& name) {
  const Value& self = HeldBy(super, "self");
  const Class* after = ObjectOf<Class>(HeldBy(super, "after"));
  const auto* as_class = std::get_if<std::shared_ptr<Class>>(&self);
  const Instance* instance = ObjectOf<Instance>(self);
  if (after == nullptr || (as_class == nullptr && instance == nullptr)) {
    return Raised("TypeError", "super() of what is neither an object nor a class");
  }
  const std::shared_ptr<Class> type = as_class != nullptr ? *as_class : instance->type;
  const Value* found = FindInClass(*type, name, after);
  if (found == nullptr && instance != nullptr && type->kind == NativeKind::kModule) {
    if (name == "__getattr__") return TablesLookup(self);
    return FindInModule(*instance, name);
  }
  const Value* data = instance == nullptr ? nullptr : instance->attributes->Get("<data>");
  if (found == nullptr && data != nullptr) return FindMethod(interpreter, *data, name);
  if (found == nullptr) return std::nullopt;
  SCONCE_ASSIGN_OR_RETURN(Value value, interpreter.BindMethod(self, *found, Value(type)));
  return std::optional<Value>(std::move(value));
}

// str.lower, list.append: the method of whatever it is called with.
Found FindOfNativeType(Interpreter& interpreter, const Class& type, const std::string& name) {
  const std::pair<const char*, Value> examples[] = {{"str", std::string()},
                                                    {"list", ListOf({})},
                                                    {"tuple", TupleOf({})},
                                                    {"dict", Dict{std::make_shared<Table>()}},
                                                    {"set", Set{std::make_shared<Table>()}},
                                                    {"Tensor", TensorOf(at::empty({0}))}};
  for (const auto& [type_name, example] : examples) {
    if (type.name != type_name || interpreter.library().NativeClass(type_name).get() != &type) {
      continue;
    }
    SCONCE_ASSIGN_OR_RETURN(const auto method, FindMethod(interpreter, example, name));
    if (!method.has_value() || ObjectOf<Builtin>(*method) == nullptr) return std::nullopt;
    return Native(name, [name](Interpreter& running, Arguments given) -> absl::StatusOr<Value> {
      if (given.positional.empty()) return Raised("TypeError", name + "() needs an object");
      // Of a class that derives from dict: what it holds, past its own methods.
      const Instance* derived = ObjectOf<Instance>(given.positional.front());
      const Value* data = derived == nullptr ? nullptr : derived->attributes->Get("<data>");
      const Value self = data == nullptr ? given.positional.front() : *data;
      given.positional.erase(given.positional.begin());
      return running.CallMethod(self, name, std::move(given));
    });
  }
  return std::nullopt;
}

Found FindInClassObject(Interpreter& interpreter, const std::shared_ptr<Class>& type,
                        const std::string& name) {
  if (name == "__name__" || name == "__qualname__") return Value(type->name);
  if (name == "__module__") return Value(type->module);
  if (name == "__bases__") return TupleOf({type->bases.begin(), type->bases.end()});
  if (name == "__members__" && type->kind == NativeKind::kEnum) {
    auto members = std::make_shared<Table>();
    for (const std::string& member : type->fields) {
      if (const Value* known = type->attributes.Get(member)) members->Put(member, *known);
    }
    return Value(Dict{members});
  }
  if (name == "_fields" && type->kind == NativeKind::kNamedTuple) {
    return TupleOf({type->fields.begin(), type->fields.end()});
  }
  const Value* found = FindInClass(*type, name);
  if (found == nullptr && name == "__doc__") return Value(std::string());  // of a native class
  if (found == nullptr) return FindOfNativeType(interpreter, *type, name);
  const Descriptor* descriptor = ObjectOf<Descriptor>(*found);
  if (descriptor == nullptr) return *found;
  if (descriptor->kind == Descriptor::Kind::kClass) {
    return Value(Own(BoundMethod{Value(type), descriptor->function}));
  }
  return descriptor->kind == Descriptor::Kind::kStatic ? descriptor->function : *found;
}

Found FindInNamespace(Interpreter& interpreter, const std::shared_ptr<Namespace>& held,
                      const std::string& name) {
  const Namespace& module = *held;
  if (name == "__dict__") return ModuleNames(interpreter, held);
  if (const Value* value = module.names.Get(name)) return *value;
  if (const Value* defined = interpreter.library().Definition(module.name + "." + name)) {
    return *defined;
  }
  if (module.source != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(auto value, module.source->Lookup(interpreter, name));
    if (value.has_value()) return value;
  }
  if (module.find) {
    auto value = module.find(interpreter, name);
    if (value.ok()) return *std::move(value);
    if (!absl::IsNotFound(value.status())) return value.status();
  }
  SCONCE_ASSIGN_OR_RETURN(const Value inner,
                          interpreter.library().Import(interpreter, module.name + "." + name));
  if (ObjectOf<Unknown>(inner) == nullptr) return inner;
  return std::nullopt;
}

absl::Status NoteAssumed(Interpreter& interpreter, const std::string& name, const Value& value) {
  SCONCE_ASSIGN_OR_RETURN(const std::string text, interpreter.ToText(value, /*repr=*/true));
  interpreter.Note(absl::StrFormat(
      "%s is taken to be %s, as without a command line; --define %s=VALUE says otherwise", name,
      text, name));
  return absl::OkStatus();
}

Found FindAssumed(Interpreter& interpreter, const Unknown& unknown, const std::string& name) {
  if (unknown.assumed == nullptr) return std::nullopt;
  if (const Value* value = unknown.assumed->Get(name)) {
    const Value held = *value;
    SCONCE_RETURN_IF_ERROR(NoteAssumed(interpreter, unknown.name + "." + name, held));
    return std::optional<Value>(held);
  }
  if (name != "__dict__") return std::nullopt;
  auto all = std::make_shared<Table>(*unknown.assumed);
  for (Table::Entry& entry : all->entries) {
    const std::string dotted = absl::StrCat(unknown.name, ".", std::get<std::string>(entry.key));
    const Value* defined = interpreter.library().Definition(dotted);
    if (defined != nullptr) entry.value = *defined;
    if (defined == nullptr) SCONCE_RETURN_IF_ERROR(NoteAssumed(interpreter, dotted, entry.value));
  }
  return std::optional<Value>(Dict{std::move(all)});
}

}  // namespace

absl::StatusOr<Value> Interpreter::BindMethod(const Value& self, const Value& found,
                                              const Value& type) {
  if (const Descriptor* descriptor = ObjectOf<Descriptor>(found)) {
    switch (descriptor->kind) {
      case Descriptor::Kind::kStatic:
        return descriptor->function;
      case Descriptor::Kind::kClass:
        return Own(BoundMethod{type, descriptor->function});
      default:
        return Call(descriptor->function, {{self}, {}});
    }
  }
  const bool is_method =
      ObjectOf<Function>(found) != nullptr || ObjectOf<Builtin>(found) != nullptr;
  if (is_method && ObjectOf<Class>(self) == nullptr) return Own(BoundMethod{self, found});
  return found;
}

Found Interpreter::FindAttribute(const Value& object, const std::string& name) {
  if (const Instance* instance = ObjectOf<Instance>(object)) {
    if (instance->type->name == "super") return FindInSuper(*this, object, name);
    return FindInInstance(*this, object, *instance, name);
  }
  if (const auto* type = std::get_if<std::shared_ptr<Class>>(&object)) {
    return FindInClassObject(*this, *type, name);
  }
  if (const auto* module = std::get_if<std::shared_ptr<Namespace>>(&object)) {
    return FindInNamespace(*this, *module, name);
  }
  if (const Unknown* unknown = ObjectOf<Unknown>(object)) {
    const std::string dotted = unknown->name + "." + name;
    if (const Value* defined = library_.Definition(dotted)) return *defined;
    SCONCE_ASSIGN_OR_RETURN(const auto assumed, FindAssumed(*this, *unknown, name));
    if (assumed.has_value()) return *assumed;
    return Value(Own(unknown->Part(dotted)));
  }
  return FindMethod(*this, object, name);
}

absl::StatusOr<Value> Interpreter::GetAttribute(const Value& object, const std::string& name) {
  SCONCE_ASSIGN_OR_RETURN(auto value, FindAttribute(object, name));
  if (value.has_value()) return *std::move(value);
  const bool may_lack = current_scope_ != nullptr && current_scope_->catches_attributes > 0;
  if (const Namespace* module = ObjectOf<Namespace>(object); module != nullptr && !may_lack) {
    return Own(Unknown{module->name + "." + name,
                       module->source != nullptr && !module->source->is_library()
                           ? module->source->file().name + " does not define it"
                           : absl::StrFormat("Sconce's %s has no such name", module->name)});
  }
  return Raised("AttributeError",
                absl::StrFormat("'%s' object has no attribute '%s'", TypeName(object), name));
}

namespace {

// Module.__setattr__: parameters, buffers and children have tables of their own.
bool SetInModule(Interpreter& interpreter, const Instance& module, const std::string& name,
                 const Value& value) {
  const auto* tensor = std::get_if<TensorValue>(&value);
  const bool is_parameter = tensor != nullptr && tensor->is_parameter;
  const char* goes_to = nullptr;
  if (is_parameter) goes_to = "_parameters";
  if (tensor != nullptr && tensor->is_buffer) goes_to = "_buffers";
  if (IsModule(value)) goes_to = "_modules";
  for (const char* table_name : {"_parameters", "_buffers", "_modules"}) {
    const auto table = TableOf(module, table_name);
    if (table == nullptr) continue;
    const bool known = table->Get(name) != nullptr;
    if (goes_to == nullptr && known) goes_to = table_name;
    if (goes_to != nullptr && std::string_view(goes_to) == table_name) {
      interpreter.Touch(table);
      table->Put(name, value);
    } else if (known && goes_to != nullptr) {
      interpreter.Touch(table);
      table->Erase(NameKey(name));
    }
  }
  if (goes_to == nullptr) return false;
  interpreter.Touch(module.attributes);
  module.attributes->Erase(NameKey(name));
  return true;
}

}  // namespace

absl::Status Interpreter::SetAttribute(const Value& object, const std::string& name, Value value) {
  const Instance* instance = ObjectOf<Instance>(object);
  const Value* setter = instance == nullptr ? nullptr : FindInClass(*instance->type, "__setattr__");
  const bool is_own =
      setter != nullptr && setter != library_.object_class()->attributes.Get("__setattr__");
  if (is_own) return Call(*setter, {{object, name, std::move(value)}, {}}).status();
  return SetPlainAttribute(object, name, std::move(value));
}

namespace {

// What forward keeps in a class or a module of Python would outlive its request: only what holds no
// value of the request may.
absl::Status CheckShared(const Recorder* recorder, const Value& value) {
  const bool plain = Is<None>(value) || Is<std::string>(value) || IsKnownNumber(value) ||
                     Is<TensorValue>(value) || Is<Dtype>(value);
  if (recorder == nullptr || plain) return absl::OkStatus();
  return Unsupported(
      "a value of one request can't be kept in a class or a module of Python; keep it in the "
      "model");
}

}  // namespace

absl::Status Interpreter::SetPlainAttribute(const Value& object, const std::string& name,
                                            Value value) {
  if (const Instance* instance = ObjectOf<Instance>(object)) {
    const Value* in_class = FindInClass(*instance->type, name);
    const Descriptor* descriptor = in_class == nullptr ? nullptr : ObjectOf<Descriptor>(*in_class);
    if (descriptor != nullptr && !Is<None>(descriptor->setter)) {
      return Call(descriptor->setter, {{object, std::move(value)}, {}}).status();
    }
    if (instance->type->kind == NativeKind::kModule && SetInModule(*this, *instance, name, value)) {
      return absl::OkStatus();
    }
    Touch(instance->attributes);
    instance->attributes->Put(name, std::move(value));
    return absl::OkStatus();
  }
  if (Class* type = ObjectOf<Class>(object)) {
    if (name == "__bases__") return SetBases(std::get<std::shared_ptr<Class>>(object), value);
    SCONCE_RETURN_IF_ERROR(CheckShared(recorder_, value));
    type->attributes.Put(name, std::move(value));
    return absl::OkStatus();
  }
  if (const Unknown* unknown = ObjectOf<Unknown>(object)) {
    if (unknown->assumed == nullptr) return absl::OkStatus();
    Touch(unknown->assumed);
    unknown->assumed->Put(name, std::move(value));
    return absl::OkStatus();
  }
  if (Namespace* module = ObjectOf<Namespace>(object)) {
    SCONCE_RETURN_IF_ERROR(CheckShared(recorder_, value));
    module->names.Put(name, std::move(value));
    return absl::OkStatus();
  }
  if (Is<TensorValue>(object) || Is<Symbol>(object)) {
    return SetTensorAttribute(*this, object, name, value);
  }
  if (Is<std::shared_ptr<Function>>(object)) return absl::OkStatus();
  return Raised("AttributeError",
                absl::StrFormat("'%s' object attribute '%s' can't be set", TypeName(object), name));
}

absl::Status Interpreter::DeleteAttribute(const Value& object, const std::string& name) {
  if (const Instance* instance = ObjectOf<Instance>(object)) {
    std::vector<std::shared_ptr<Table>> tables = {instance->attributes};
    for (const char* table : {"_parameters", "_buffers", "_modules"}) {
      if (auto entries = TableOf(*instance, table)) tables.push_back(std::move(entries));
    }
    for (const auto& table : tables) {
      Touch(table);
      if (table->Erase(NameKey(name))) return absl::OkStatus();
    }
  }
  return Raised("AttributeError",
                absl::StrFormat("'%s' object has no attribute '%s'", TypeName(object), name));
}

}  // namespace sconce::python
