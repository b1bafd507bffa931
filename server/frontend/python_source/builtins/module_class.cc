// torch.nn.Module and torch.nn.Parameter.

#include <set>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/builtins.h"
#include "server/frontend/python_source/builtins/inert.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/keywords.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;
using Named = std::vector<std::pair<std::string, Value>>;

// Adds one entry to one of the module's tables.
Result Register(Interpreter& interpreter, const char* table, Arguments arguments) {
  const Value self = arguments.positional.at(0);
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("register", std::move(arguments),
                                           {"self", "name", "value", "persistent"}, 2));
  const auto* name = std::get_if<std::string>(&*taken[1]);
  if (name == nullptr) return Raised("TypeError", "the name must be a str");
  const Instance& module = *ObjectOf<Instance>(self);
  const auto entries = TableOf(module, table);
  interpreter.Touch(entries);
  entries->Put(*name, taken[2].value_or(None()));
  if (taken[3].has_value()) {
    SCONCE_ASSIGN_OR_RETURN(const bool persistent, interpreter.KnownTruth(*taken[3], "persistent"));
    const Value* set = module.attributes->Get("_non_persistent_buffers_set");
    const auto* names = set == nullptr ? nullptr : std::get_if<Set>(set);
    if (!persistent && names != nullptr) names->table->Put(*name, None());
  }
  return None();
}

// register_buffer(name, tensor, persistent): the keyword is called otherwise than in Register.
Result RegisterBuffer(Interpreter& interpreter, Arguments arguments) {
  for (auto& [name, value] : arguments.keywords) {
    if (name == "tensor") name = "value";
  }
  return Register(interpreter, "_buffers", std::move(arguments));
}

Result RegisterParameter(Interpreter& interpreter, Arguments arguments) {
  for (auto& [name, value] : arguments.keywords) {
    if (name == "param") name = "value";
  }
  return Register(interpreter, "_parameters", std::move(arguments));
}

Result AddModule(Interpreter& interpreter, Arguments arguments) {
  for (auto& [name, value] : arguments.keywords) {
    if (name == "module") name = "value";
  }
  return Register(interpreter, "_modules", std::move(arguments));
}

// Depth first, itself first, each once.
void CollectModules(const Value& module, const std::string& prefix, std::set<const Instance*>& seen,
                    Named& modules) {
  const Instance* instance = ObjectOf<Instance>(module);
  if (!IsModule(module) || StackGuard::IsLow() || !seen.insert(instance).second) return;
  modules.emplace_back(prefix, module);
  for (const auto held = TableOf(*instance, "_modules");
       const Table::Entry& entry : held->entries) {
    const std::string& name = std::get<std::string>(entry.key);
    CollectModules(entry.value, prefix.empty() ? name : absl::StrCat(prefix, ".", name), seen,
                   modules);
  }
}

Named ModulesOf(const Value& self) {
  Named modules;
  std::set<const Instance*> seen;
  CollectModules(self, "", seen, modules);
  return modules;
}

Named TensorsOf(const Value& self, const char* table, bool recurse) {
  Named tensors;
  for (const auto& [prefix, module] : ModulesOf(self)) {
    for (const auto held = TableOf(*ObjectOf<Instance>(module), table);
         const Table::Entry& entry : held->entries) {
      if (!Is<TensorValue>(entry.value)) continue;
      const std::string& name = std::get<std::string>(entry.key);
      tensors.emplace_back(prefix.empty() ? name : absl::StrCat(prefix, ".", name), entry.value);
    }
    if (!recurse) break;
  }
  return tensors;
}

Named ChildrenOf(const Value& self) {
  Named children;
  for (const auto held = TableOf(*ObjectOf<Instance>(self), "_modules");
       const auto& entry : held->entries) {
    if (IsModule(entry.value)) children.emplace_back(std::get<std::string>(entry.key), entry.value);
  }
  return children;
}

// What tells a layer or tensor from others; null: nothing does.
const void* ObjectIn(const Value& value) {
  if (const auto* tensor = std::get_if<TensorValue>(&value)) {
    return tensor->tensor.unsafeGetTensorImpl();
  }
  return ObjectOf<Instance>(value);
}

// What is shared, at its first place only.
Value AsList(const Named& named, bool with_names) {
  std::vector<Value> items;
  std::unordered_set<const void*> seen;
  for (const auto& [name, value] : named) {
    const void* object = ObjectIn(value);
    if (object != nullptr && !seen.insert(object).second) continue;
    items.push_back(with_names ? TupleOf({name, value}) : value);
  }
  return ListOf(std::move(items));
}

bool Recurses(const Arguments& arguments) {
  const Value* given = Keyword(arguments, "recurse");
  if (given == nullptr && arguments.positional.size() > 1) given = &arguments.positional[1];
  return given == nullptr || !Is<bool>(*given) || std::get<bool>(*given);
}

// module.apply(f): f may change layers as well as their weights, which come from the file anyway.
Result Apply(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const auto taken, Take("apply", std::move(arguments), {"self", "fn"}, 2));
  SCONCE_RETURN_IF_ERROR(interpreter.Step());
  if (StackGuard::IsLow()) return Raised("RecursionError", "modules that nest too deeply");
  for (const auto& [name, child] : ChildrenOf(*taken[0])) {
    SCONCE_RETURN_IF_ERROR(interpreter.CallMethod(child, "apply", {{*taken[1]}, {}}).status());
  }
  SCONCE_RETURN_IF_ERROR(interpreter.Call(*taken[1], {{*taken[0]}, {}}).status());
  return *taken[0];
}

Result SkipLoading(Interpreter& interpreter, Arguments) {
  interpreter.Note(
      "load_state_dict(...) was left out: the weights come from the file that is loaded");
  return None();
}

// Hooks of one kind, in the order in which they run; each a tuple of the function and whether it
// takes keywords too.
std::shared_ptr<Table> HooksOf(const Instance& module, const char* kind) {
  const Value* hooks = module.attributes->Get(kind);
  const auto* dict = hooks == nullptr ? nullptr : std::get_if<Dict>(hooks);
  return dict == nullptr ? nullptr : dict->table;
}

constexpr const char* kBefore = "<forward_pre_hooks>";
constexpr const char* kAfter = "<forward_hooks>";

Result RegisterHook(Interpreter& interpreter, const char* kind, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("register_forward_hook", std::move(arguments),
                               {"self", "hook", "prepend", "with_kwargs", "always_call"}, 2));
  bool takes_keywords = false;
  if (taken[3].has_value()) {
    SCONCE_ASSIGN_OR_RETURN(takes_keywords, interpreter.KnownTruth(*taken[3], "with_kwargs"));
  }
  if (taken[2].has_value()) {
    SCONCE_ASSIGN_OR_RETURN(const bool prepend, interpreter.KnownTruth(*taken[2], "prepend"));
    if (prepend) return Unsupported("a hook that is put before others; register it first");
  }
  const Instance& module = *ObjectOf<Instance>(*taken[0]);
  auto hooks = HooksOf(module, kind);
  if (hooks == nullptr) {
    hooks = std::make_shared<Table>();
    interpreter.Touch(module.attributes);
    module.attributes->Put(kind, Dict{hooks});
  }
  const std::string id = absl::StrCat(Birth::Next());
  interpreter.Touch(hooks);
  hooks->Put(id, TupleOf({*taken[1], takes_keywords}));
  auto handle = std::make_shared<Namespace>();
  handle->name = "RemovableHandle";
  handle->names.Put("remove",
                    Native("remove", [hooks, id](Interpreter& running, Arguments) -> Result {
                      running.Touch(hooks);
                      hooks->Erase(NameKey(id));
                      return None();
                    }));
  return Value(handle);
}

Result RegisterForwardHook(Interpreter& interpreter, Arguments arguments) {
  return RegisterHook(interpreter, kAfter, std::move(arguments));
}

Result RegisterForwardPreHook(Interpreter& interpreter, Arguments arguments) {
  return RegisterHook(interpreter, kBefore, std::move(arguments));
}

// What a hook before forward returns stands for the arguments.
absl::Status ReplaceArguments(const Value& result, bool takes_keywords, Arguments& arguments) {
  if (Is<None>(result)) return absl::OkStatus();
  const Tuple* tuple = ObjectOf<Tuple>(result);
  if (!takes_keywords) {
    arguments.positional = tuple == nullptr ? std::vector<Value>{result} : tuple->items;
    return absl::OkStatus();
  }
  const bool is_pair = tuple != nullptr && tuple->items.size() == 2 &&
                       ObjectOf<Tuple>(tuple->items[0]) != nullptr && Is<Dict>(tuple->items[1]);
  if (!is_pair) return Raised("RuntimeError", "the hook must return a tuple of args and kwargs");
  arguments.positional = ObjectOf<Tuple>(tuple->items[0])->items;
  arguments.keywords.clear();
  return AddKeywords(tuple->items[1], arguments);
}

// Code can write anything into __dict__.
bool IsHook(const Value& value) {
  const Tuple* entry = ObjectOf<Tuple>(value);
  return entry != nullptr && entry->items.size() == 2 && Is<bool>(entry->items[1]);
}

bool TakesKeywords(const Value& hook) { return std::get<bool>(ObjectOf<Tuple>(hook)->items[1]); }

// Runs one hook; `output` is null before forward.
Result RunHook(Interpreter& interpreter, const Value& hook, const Value& self,
               const Arguments& arguments, const Value* output) {
  const Tuple& entry = *ObjectOf<Tuple>(hook);
  Arguments given{{self, TupleOf(arguments.positional)}, {}};
  if (TakesKeywords(hook)) given.positional.push_back(KeywordsOf(arguments));
  if (output != nullptr) given.positional.push_back(*output);
  return interpreter.Call(entry.items[0], std::move(given));
}

// module(...): its forward, and its hooks around it.
Result CallModule(Interpreter& interpreter, Arguments arguments) {
  const Value self = arguments.positional.front();
  const Instance& module = *ObjectOf<Instance>(self);
  arguments.positional.erase(arguments.positional.begin());
  SCONCE_ASSIGN_OR_RETURN(const auto forward, interpreter.FindAttribute(self, "forward"));
  if (!forward.has_value()) {
    return Raised("NotImplementedError",
                  absl::StrFormat("class %s has no forward", module.type->name));
  }
  if (const auto before = HooksOf(module, kBefore)) {
    for (const Table::Entry& entry : Table(*before).entries) {
      if (!IsHook(entry.value)) continue;
      SCONCE_ASSIGN_OR_RETURN(const Value result,
                              RunHook(interpreter, entry.value, self, arguments, nullptr));
      const bool takes_keywords = TakesKeywords(entry.value);
      SCONCE_RETURN_IF_ERROR(ReplaceArguments(result, takes_keywords, arguments));
    }
  }
  const auto after = HooksOf(module, kAfter);
  if (after == nullptr) return interpreter.Call(*forward, std::move(arguments));
  SCONCE_ASSIGN_OR_RETURN(Value output, interpreter.Call(*forward, arguments));
  for (const Table::Entry& entry : Table(*after).entries) {
    if (!IsHook(entry.value)) continue;
    SCONCE_ASSIGN_OR_RETURN(Value result,
                            RunHook(interpreter, entry.value, self, arguments, &output));
    if (!Is<None>(result)) output = std::move(result);
  }
  return output;
}

Result GetSubmodule(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("get_submodule", std::move(arguments), {"self", "x"}, 2));
  Value at = *taken[0];
  const auto* path = std::get_if<std::string>(&*taken[1]);
  if (path == nullptr) return Raised("TypeError", "the name of a module is a str");
  if (path->empty()) return at;
  for (const auto& part : absl::StrSplit(*path, '.')) {
    SCONCE_ASSIGN_OR_RETURN(at, interpreter.GetAttribute(at, std::string(part)));
  }
  return at;
}

// module.double() and its likes: floating-point tensors change type.
Result Cast(Interpreter& interpreter, const Value& self, c10::ScalarType type) {
  for (const auto& [prefix, module] : ModulesOf(self)) {
    for (const char* table : {"_parameters", "_buffers"}) {
      for (const auto held = TableOf(*ObjectOf<Instance>(module), table);
           Table::Entry & entry : held->entries) {
        auto* tensor = std::get_if<TensorValue>(&entry.value);
        if (tensor != nullptr && tensor->tensor.is_floating_point()) {
          const bool unset = interpreter.unset_tensors().Has(tensor->tensor);
          tensor->tensor = tensor->tensor.to(type);
          if (unset) interpreter.unset_tensors().Add(tensor->tensor);
        }
      }
    }
  }
  return self;
}

Result CastTo(Interpreter& interpreter, Arguments arguments) {
  const Value self = arguments.positional.at(0);
  for (const Value& value : arguments.positional) {
    if (const auto* dtype = std::get_if<Dtype>(&value)) return Cast(interpreter, self, dtype->type);
  }
  for (const auto& [name, value] : arguments.keywords) {
    if (const auto* dtype = std::get_if<Dtype>(&value)) return Cast(interpreter, self, dtype->type);
  }
  return self;
}

Result StateDict(Interpreter& interpreter, Arguments arguments) {
  auto table = std::make_shared<Table>();
  for (const char* kind : {"_parameters", "_buffers"}) {
    for (const auto& [name, tensor] : TensorsOf(arguments.positional.at(0), kind, true)) {
      table->Put(name, tensor);
    }
  }
  return Dict{std::move(table)};
}

template <c10::ScalarType type>
Result CastAll(Interpreter& interpreter, Arguments arguments) {
  return Cast(interpreter, arguments.positional.at(0), type);
}

// super().__setstate__(state): all that the file had of the object; its tables are there already.
Result SetState(Interpreter& interpreter, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken,
                          Take("__setstate__", std::move(arguments), {"self", "state"}, 2));
  const auto* state = std::get_if<Dict>(&*taken[1]);
  if (state == nullptr) return Raised("TypeError", "the state of a module is a dict");
  for (const Table::Entry& entry : state->table->entries) {
    const auto* name = std::get_if<std::string>(&entry.key);
    if (name == nullptr || IsModuleTable(*name)) continue;
    ObjectOf<Instance>(*taken[0])->attributes->Put(*name, entry.value);
  }
  return None();
}

void AddMethods(const std::shared_ptr<Class>& type) {
  const std::pair<const char*, Result (*)(Interpreter&, Arguments)> methods[] = {
      {"__init__", ReturnNone},
      {"__setstate__", SetState},
      {"register_parameter", RegisterParameter},
      {"register_buffer", RegisterBuffer},
      {"add_module", AddModule},
      {"register_module", AddModule},
      {"eval", ReturnFirst},
      {"train", ReturnFirst},
      {"cpu", ReturnFirst},
      {"cuda", ReturnFirst},
      {"to", CastTo},
      {"float", CastAll<c10::kFloat>},
      {"double", CastAll<c10::kDouble>},
      {"half", CastAll<c10::kHalf>},
      {"bfloat16", CastAll<c10::kBFloat16>},
      {"requires_grad_", ReturnFirst},
      {"share_memory", ReturnFirst},
      {"zero_grad", ReturnNone},
      {"apply", Apply},
      {"load_state_dict", SkipLoading},
      {"state_dict", StateDict},
      {"get_submodule", GetSubmodule},
      {"get_parameter", GetSubmodule},
      {"get_buffer", GetSubmodule},
      {"__call__", CallModule},
      {"register_forward_hook", RegisterForwardHook},
      {"register_forward_pre_hook", RegisterForwardPreHook},
      {"register_full_backward_hook", ReturnNone},
      {"register_backward_hook", ReturnNone},
      {"register_load_state_dict_post_hook", ReturnNone},
      {"register_load_state_dict_pre_hook", ReturnNone},
      {"_register_load_state_dict_pre_hook", ReturnNone},
      {"_register_state_dict_hook", ReturnNone}};
  for (const auto& [name, method] : methods) AddMethod(type, name, method);
  const auto add = [&](const char* name, auto list) {
    AddMethod(type, name, [list](Interpreter&, Arguments arguments) -> Result {
      return list(arguments.positional.at(0), arguments);
    });
  };
  for (const bool names : {false, true}) {
    add(names ? "named_modules" : "modules",
        [names](const Value& self, const Arguments&) { return AsList(ModulesOf(self), names); });
    add(names ? "named_children" : "children",
        [names](const Value& self, const Arguments&) { return AsList(ChildrenOf(self), names); });
    add(names ? "named_parameters" : "parameters", [names](const Value& self, const Arguments& a) {
      return AsList(TensorsOf(self, "_parameters", Recurses(a)), names);
    });
    add(names ? "named_buffers" : "buffers", [names](const Value& self, const Arguments& a) {
      return AsList(TensorsOf(self, "_buffers", Recurses(a)), names);
    });
  }
}

// A parameter that forward makes: of a layer norm it has a value, of a linear layer none.
Result AsWeight(const Symbol& symbol) {
  const auto kind = symbol.value->node()->kind();
  if (kind != c10::aten::empty && kind != c10::aten::new_empty && kind != c10::aten::empty_like) {
    return Value(symbol);
  }
  return Unsupported(
      "forward makes a layer of its own here, whose weights would be drawn in each request and are "
      "in no file; make it in __init__");
}

// Parameter(data) and Buffer(data): the same memory, marked.
std::shared_ptr<Class> TensorClass(Library& library, const char* name, bool is_parameter) {
  auto type = MakeClass(name, {library.object_class()}, NativeKind::kObject);
  type->module = "torch.nn.parameter";
  type->make = std::make_shared<Builtin>(
      Builtin{name, [is_parameter](Interpreter&, Arguments arguments) -> Result {
                arguments.positional.erase(arguments.positional.begin());
                SCONCE_ASSIGN_OR_RETURN(
                    auto taken, Take("Parameter", std::move(arguments),
                                     {"data", is_parameter ? "requires_grad" : "persistent"}, 0));
                if (!taken[0].has_value())
                  return TensorValue{at::empty({0}), is_parameter, !is_parameter};
                if (TypeName(*taken[0]) == "Tensor" && Is<Symbol>(*taken[0])) {
                  return AsWeight(std::get<Symbol>(*taken[0]));
                }
                const auto* tensor = std::get_if<TensorValue>(&*taken[0]);
                if (tensor == nullptr)
                  return Raised("TypeError", "a Parameter is made from a tensor");
                return TensorValue{tensor->tensor.detach(), is_parameter, !is_parameter};
              }});
  return type;
}

}  // namespace

void AddModuleClass(Library& library) {
  auto type = MakeClass("Module", {library.object_class()}, NativeKind::kModule);
  type->module = "torch.nn.modules.module";
  AddMethods(type);
  library.AddNativeClass(type);
  library.AddNative("torch.nn.modules.module")->names.Put("Module", Value(type));
  const auto parameter = library.AddNative("torch.nn.parameter");
  auto parameter_class = TensorClass(library, "Parameter", true);
  library.AddNativeClass(parameter_class);
  parameter->names.Put("Parameter", Value(parameter_class));
  parameter->names.Put("Buffer", Value(TensorClass(library, "Buffer", false)));
}

}  // namespace sconce::python
