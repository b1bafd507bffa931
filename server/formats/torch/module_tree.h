// A whole pickled model as inert data: what torch.save(model) wrote of its modules, without their
// classes. (torch/nn/modules/module.py: __dict__ with _parameters, _buffers, _modules.)

#ifndef SCONCE_SERVER_FORMATS_TORCH_MODULE_TREE_H_
#define SCONCE_SERVER_FORMATS_TORCH_MODULE_TREE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"

namespace sconce {

// Values belong to the pickle.
struct ModuleNode {
  // Not defaulted: clang 14 would want the children's pairs to be complete here.
  ModuleNode() {}  // NOLINT(modernize-use-equals-default)

  struct Buffer {
    std::string name;
    const PickleValue* value = nullptr;
    bool persistent = true;
  };

  std::string class_name;  // "torch.nn.modules.linear.Linear"
  // Null for what is registered as None.
  std::vector<std::pair<std::string, const PickleValue*>> parameters;
  std::vector<Buffer> buffers;
  std::vector<std::pair<std::string, ModuleNode>> children;
  // The rest of its __dict__: hyper-parameters ("in_features") and whatever else it had.
  std::vector<std::pair<std::string, const PickleValue*>> attributes;
};

// Whether `value` is a pickled nn.Module.
bool IsModule(const PickleValue& value);

// The __dict__ that an object was given, keys and values in turn; null when it was given none.
const std::vector<const PickleValue*>* StateEntries(const PickleValue& object);

// The value of a text key among keys and values in turn, the last as Python has it; null: none.
const PickleValue* FindEntry(const std::vector<const PickleValue*>& entries, std::string_view key);

// The class of an object, or the function that made it, by whichever protocol it was written; null
// when it is no such object.
const PickleValue* ClassOf(const PickleValue& object);
// Whether the object was made of its class alone, without __init__.
bool IsMadeByNew(const PickleValue& object);

// "__main__.Net" of the object of a class; empty when it is no such object.
std::string ClassNameOf(const PickleValue& object);

// The module and all below it. A module that is used in several places is in each of them.
// INVALID_ARGUMENT: malformed, or nested or repeated without end.
absl::StatusOr<ModuleNode> ReadModuleTree(const PickleValue& module);

// What model.state_dict() would give: for each module its parameters, its persistent buffers, then
// its children's, with dotted names.
std::vector<std::pair<std::string, const PickleValue*>> StateOf(const ModuleNode& module);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_MODULE_TREE_H_
