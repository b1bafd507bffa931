#include "server/frontend/python_source/model/module_tree.h"

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/python_error.h"

namespace sconce::python {
namespace {

using torch::jit::Module;

bool IsPersistent(const Instance& module, const std::string& name) {
  const Value* set = module.attributes->Get("_non_persistent_buffers_set");
  const auto* names = set == nullptr ? nullptr : std::get_if<Set>(set);
  return names == nullptr || names->table->Get(name) == nullptr;
}

// Layers that are shared have as many names as there are ways to them: two to the power of their
// depth, if somebody means harm.
constexpr size_t kMostNames = 100'000;

class TreeMaker {
 public:
  explicit TreeMaker(std::shared_ptr<torch::jit::CompilationUnit> unit) : unit_(std::move(unit)) {}

  absl::StatusOr<Module> Make(const Value& value, int depth) {
    const Instance* instance = ObjectOf<Instance>(value);
    if (open_.count(instance) > 0) {
      return Unsupported(absl::StrFormat(
          "%s is a layer within itself: a layer holds the module that holds it; keep it in a list "
          "or tuple, which makes it no layer",
          instance->type->name));
    }
    const auto known = made_.find(instance);
    if (known != made_.end()) return known->second;
    if (depth > 100) return Unsupported("modules nest deeper than 100");
    const std::string& name = instance->type->name;
    Module module(c10::QualifiedName(absl::StrCat("__torch__.", name)), unit_, true);
    module.register_attribute("training", c10::BoolType::get(), false);
    made_.emplace(instance, module);
    open_.insert(instance);
    AddTensors(*instance, module);
    for (const auto held = TableOf(*instance, "_modules");
         const Table::Entry& entry : held->entries) {
      if (!IsModule(entry.value)) continue;
      SCONCE_ASSIGN_OR_RETURN(Module child, Make(entry.value, depth + 1));
      module.register_module(std::get<std::string>(entry.key), child);
    }
    open_.erase(instance);
    size_t names = 1;
    for (const auto held = TableOf(*instance, "_modules");
         const Table::Entry& entry : held->entries) {
      if (IsModule(entry.value)) names += names_[ObjectOf<Instance>(entry.value)];
    }
    if (names > kMostNames) {
      return Unsupported(
          absl::StrFormat("layers have more than %d names: too many are shared", kMostNames));
    }
    names_[instance] = names;
    return module;
  }

 private:
  static void AddTensors(const Instance& instance, Module& module) {
    for (const auto held = TableOf(instance, "_parameters");
         const Table::Entry& entry : held->entries) {
      const auto* tensor = std::get_if<TensorValue>(&entry.value);
      if (tensor == nullptr) continue;
      module.register_parameter(std::get<std::string>(entry.key), tensor->tensor, false);
    }
    for (const auto held = TableOf(instance, "_buffers");
         const Table::Entry& entry : held->entries) {
      const auto* tensor = std::get_if<TensorValue>(&entry.value);
      if (tensor == nullptr) continue;
      const std::string& name = std::get<std::string>(entry.key);
      if (IsPersistent(instance, name)) {
        module.register_buffer(name, tensor->tensor);
      } else {
        module.register_attribute(name, c10::TensorType::get(), tensor->tensor);
      }
    }
  }

  std::shared_ptr<torch::jit::CompilationUnit> unit_;
  std::unordered_map<const Instance*, Module> made_;
  std::unordered_map<const Instance*, size_t> names_;  // of each with all within it
  std::unordered_set<const Instance*> open_;           // whose children are being made
};

void CollectState(const Value& value, const std::string& prefix, int depth,
                  std::vector<std::pair<std::string, at::Tensor>>& state) {
  const Instance& instance = *ObjectOf<Instance>(value);
  for (const char* table : {"_parameters", "_buffers"}) {
    for (const auto held = TableOf(instance, table); const Table::Entry& entry : held->entries) {
      const auto* tensor = std::get_if<TensorValue>(&entry.value);
      const std::string& name = std::get<std::string>(entry.key);
      if (tensor != nullptr && IsPersistent(instance, name)) {
        state.emplace_back(absl::StrCat(prefix, name), tensor->tensor);
      }
    }
  }
  if (depth > 100 || state.size() > kMostNames) return;
  for (const auto held = TableOf(instance, "_modules"); const Table::Entry& entry : held->entries) {
    if (!IsModule(entry.value)) continue;
    CollectState(entry.value, absl::StrCat(prefix, std::get<std::string>(entry.key), "."),
                 depth + 1, state);
  }
}

}  // namespace

absl::StatusOr<Module> MakeModuleTree(const Value& module,
                                      const std::shared_ptr<torch::jit::CompilationUnit>& unit) {
  return TreeMaker(unit).Make(module, 0);
}

std::vector<std::pair<std::string, at::Tensor>> StateOf(const Value& module) {
  std::vector<std::pair<std::string, at::Tensor>> state;
  CollectState(module, "", 0, state);
  return state;
}

}  // namespace sconce::python
