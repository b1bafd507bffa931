#include "server/frontend/python_source/model/stored_model.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/formats/torch/module_tree.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/model/module_tree.h"
#include "server/frontend/python_source/model/state_shapes.h"
#include "server/frontend/python_source/model/stored_objects.h"

namespace sconce::python {
namespace {

// Training's wrappers, and what they call the model.
constexpr std::pair<std::string_view, std::string_view> kWrappers[] = {
    {"torch.nn.parallel.data_parallel.DataParallel", "module"},
    {"torch.nn.parallel.distributed.DistributedDataParallel", "module"},
    {"torch._dynamo.eval_frame.OptimizedModule", "_orig_mod"},
};

const PickleValue* ChildOf(const PickleValue& module, std::string_view name) {
  const auto* entries = StateEntries(module);
  const PickleValue* modules = entries == nullptr ? nullptr : FindEntry(*entries, "_modules");
  const auto* children = modules == nullptr ? nullptr : DictEntries(*modules);
  return children == nullptr ? nullptr : FindEntry(*children, name);
}

const PickleValue& Unwrapped(const PickleValue& module) {
  const PickleValue* at = &module;
  for (int i = 0; i < 8; ++i) {  // wrappers of wrappers; a file can make them endless
    const std::string name = ClassNameOf(*at);
    const PickleValue* inner = nullptr;
    for (const auto& [wrapper, child] : kWrappers) {
      if (name == wrapper) inner = ChildOf(*at, child);
    }
    if (inner == nullptr || !IsModule(*inner)) break;
    at = inner;
  }
  return *at;
}

}  // namespace

absl::StatusOr<Value> ReadStoredModel(Interpreter& interpreter, TorchFile& file,
                                      const PickleValue& module) {
  return StoredObjects(interpreter, file).ReadModule(Unwrapped(module));
}

std::string DescribeDifference(Interpreter& interpreter, const Value& stored) {
  const auto type = ObjectOf<Instance>(stored)->type;
  if (absl::StartsWith(type->module, "torch.")) return "";
  const auto fresh = interpreter.Call(Value(type), {});
  if (!fresh.ok() || !IsModule(*fresh)) return "";
  const auto differences = DescribeDifferences(*fresh, type->name, ShapesOf(stored));
  if (differences.empty()) return "";
  return absl::StrFormat(
      "%s as its source makes it without arguments differs from the file, and the file was "
      "followed: %s",
      type->name, absl::StrJoin(differences, "; "));
}

}  // namespace sconce::python
