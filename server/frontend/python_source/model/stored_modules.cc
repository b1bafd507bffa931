// The part of StoredObjects that knows what a torch.nn.Module holds
// (torch/nn/modules/module.py, __setstate__).

#include <ATen/ops/empty.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/libtorch/scalar_type.h"
#include "server/formats/torch/module_tree.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/unknown.h"
#include "server/frontend/python_source/model/stored_names.h"
#include "server/frontend/python_source/model/stored_objects.h"

namespace sconce::python {
namespace {

using Entries = std::vector<const PickleValue*>;

const Entries& EntriesAt(const Entries& entries, std::string_view key) {
  static const Entries* const none = new Entries;
  const PickleValue* value = FindEntry(entries, key);
  const Entries* inner = value == nullptr ? nullptr : DictEntries(*value);
  return inner == nullptr ? *none : *inner;
}

// Hooks are known by numbers.
bool HasKey(const Entries& entries, const PickleValue& key) {
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (entries[i]->kind == key.kind && entries[i]->integer == key.integer) return true;
  }
  return false;
}

// What torch.nn.Module itself keeps beside its tables.
bool IsBookkeeping(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "_forward_hooks",        "_forward_hooks_with_kwargs",     "_forward_hooks_always_called",
      "_forward_pre_hooks",    "_forward_pre_hooks_with_kwargs", "_backward_hooks",
      "_backward_pre_hooks",   "_is_full_backward_hook",         "_state_dict_hooks",
      "_state_dict_pre_hooks", "_load_state_dict_pre_hooks",     "_load_state_dict_post_hooks"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

absl::Status NoCode(const StoredName& name) {
  if (absl::StartsWith(name.module, "torch.")) {
    return absl::FailedPreconditionError(absl::StrFormat(
        "the model has a %s.%s, which Sconce's torch has not. Export the model with torch.export "
        "or torch.jit.trace",
        name.module, name.name));
  }
  return absl::FailedPreconditionError(absl::StrFormat(
      "the file holds an object of the class %s (module %s) and not its code: give the Python file "
      "that defines it with --source",
      name.name, name.module));
}

}  // namespace

absl::StatusOr<std::shared_ptr<Class>> StoredObjects::ModuleClassOf(const PickleValue& module) {
  const PickleValue* global = ClassOf(module);
  if (!global->Is(PickleKind::kGlobal)) return Unsupported("a module of no class");
  const StoredName name = NameOf(*global);
  const auto found = FindStored(interpreter_, name);
  if (absl::IsNotFound(found.status())) return NoCode(name);
  SCONCE_RETURN_IF_ERROR(found.status());
  const auto* type = std::get_if<std::shared_ptr<Class>>(&*found);
  if (type != nullptr && (*type)->kind == NativeKind::kModule) return *type;
  if (ObjectOf<Unknown>(*found) != nullptr) return NoCode(name);
  return absl::FailedPreconditionError(
      absl::StrFormat("%s (module %s) is a module in the file and no subclass of torch.nn.Module "
                      "in its source",
                      name.name, name.module));
}

absl::StatusOr<Value> StoredObjects::ReadModule(const PickleValue& module) {
  const auto known = made_.find(&module);
  if (known != made_.end()) return known->second;
  SCONCE_ASSIGN_OR_RETURN(const auto type, ModuleClassOf(module));
  const Value instance = NewInstance(type);
  made_[&module] = instance;
  SCONCE_RETURN_IF_ERROR(FillModule(*StateEntries(module), instance));
  return instance;
}

absl::Status StoredObjects::FillModule(const Entries& entries, const Value& module) {
  Table& attributes = *ObjectOf<Instance>(module)->attributes;
  // Which buffers are persistent comes first, children before what may refer to them.
  if (const PickleValue* passing = FindEntry(entries, "_non_persistent_buffers_set")) {
    SCONCE_ASSIGN_OR_RETURN(const Value names, Read(*passing));
    if (Is<Set>(names)) attributes.Put("_non_persistent_buffers_set", names);
  }
  SCONCE_RETURN_IF_ERROR(FillTensors(EntriesAt(entries, "_parameters"), true, module));
  SCONCE_RETURN_IF_ERROR(FillTensors(EntriesAt(entries, "_buffers"), false, module));
  SCONCE_RETURN_IF_ERROR(FillChildren(EntriesAt(entries, "_modules"), module));
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (!entries[i]->Is(PickleKind::kString) || IsModuleTable(entries[i]->text)) continue;
    if (entries[i]->text.empty() || IsBookkeeping(entries[i]->text)) continue;
    const std::string name(entries[i]->text);
    attributes.Put(name, ReadOrUnknown(*entries[i + 1], name));
  }
  SCONCE_RETURN_IF_ERROR(AdoptHooks(entries, module));
  return Renew(module, [&]() -> absl::StatusOr<Value> {
    return Dict{std::make_shared<Table>(*ObjectOf<Instance>(module)->attributes)};
  });
}

absl::Status StoredObjects::FillTensors(const Entries& entries, bool are_parameters,
                                        const Value& module) {
  const Instance& instance = *ObjectOf<Instance>(module);
  const auto table = TableOf(instance, are_parameters ? "_parameters" : "_buffers");
  const auto* passing = std::get_if<Set>(instance.attributes->Get("_non_persistent_buffers_set"));
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    const std::string name(entries[i]->text);
    const PickleValue& value = *entries[i + 1];
    Value tensor = None();
    if (!value.Is(PickleKind::kNone)) {
      const bool has_no_name = passing != nullptr && passing->table->Get(name) != nullptr;
      SCONCE_ASSIGN_OR_RETURN(tensor, has_no_name ? ReadTensor(value, are_parameters)
                                                  : MakeTensor(value, are_parameters));
    }
    table->Put(name, std::move(tensor));
  }
  return absl::OkStatus();
}

// Of the tensor's shape and type, without values.
absl::StatusOr<Value> StoredObjects::MakeTensor(const PickleValue& value, bool is_parameter) {
  const auto known = made_.find(&value);
  if (known != made_.end()) return known->second;
  SCONCE_ASSIGN_OR_RETURN(const StoredTensor stored, file_.TensorOf(value));
  const auto type = ScalarTypeOf(*stored.dtype);
  if (!type.has_value()) {
    return Unsupported(absl::StrFormat("a tensor of the type %s", stored.dtype->name));
  }
  const at::Tensor tensor = at::empty(stored.shape, *type);
  interpreter_.unset_tensors().Add(tensor);
  return made_[&value] = TensorValue{tensor, is_parameter};
}

absl::Status StoredObjects::FillChildren(const Entries& entries, const Value& module) {
  const auto table = TableOf(*ObjectOf<Instance>(module), "_modules");
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    Value child = None();
    if (!entries[i + 1]->Is(PickleKind::kNone)) {
      SCONCE_ASSIGN_OR_RETURN(child, Read(*entries[i + 1]));
    }
    table->Put(std::string(entries[i]->text), std::move(child));
  }
  return absl::OkStatus();
}

// Those of weight_norm and spectral_norm compute weights, the others run as they would in PyTorch.
absl::Status StoredObjects::AdoptHooks(const Entries& entries, const Value& module) {
  std::vector<Value> computing;
  for (const std::string kind : {"forward_pre", "forward"}) {
    const Entries& hooks = EntriesAt(entries, "_" + kind + "_hooks");
    const Entries& with_keywords = EntriesAt(entries, "_" + kind + "_hooks_with_kwargs");
    for (size_t i = 0; i + 1 < hooks.size(); i += 2) {
      SCONCE_ASSIGN_OR_RETURN(Value hook, Read(*hooks[i + 1]));
      SCONCE_RETURN_IF_ERROR(CheckKnown(hook));
      SCONCE_ASSIGN_OR_RETURN(const auto computes,
                              interpreter_.FindAttribute(hook, "compute_weight"));
      if (computes.has_value()) {
        computing.push_back(std::move(hook));
        continue;
      }
      const bool takes_keywords = HasKey(with_keywords, *hooks[i]);
      SCONCE_RETURN_IF_ERROR(interpreter_
                                 .CallMethod(module, "register_" + kind + "_hook",
                                             {{std::move(hook)}, {{"with_kwargs", takes_keywords}}})
                                 .status());
    }
  }
  if (computing.empty()) return absl::OkStatus();
  SCONCE_ASSIGN_OR_RETURN(const Value adopt,
                          FindStored(interpreter_, {"torch.nn.utils.weight_norm", "adopt_hooks"}));
  return interpreter_.Call(adopt, {{module, ListOf(std::move(computing))}, {}}).status();
}

// What the class itself does with objects out of files.
absl::Status StoredObjects::Renew(const Value& object,
                                  const std::function<absl::StatusOr<Value>()>& state) {
  const Value* method = FindInClass(*ObjectOf<Instance>(object)->type, "__setstate__");
  if (method == nullptr || ObjectOf<Function>(*method) == nullptr) return absl::OkStatus();
  SCONCE_ASSIGN_OR_RETURN(Value given, state());
  return interpreter_.CallMethod(object, "__setstate__", {{std::move(given)}, {}}).status();
}

}  // namespace sconce::python
