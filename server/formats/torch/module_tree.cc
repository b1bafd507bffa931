#include "server/formats/torch/module_tree.h"

#include <set>
#include <string_view>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

using Entries = std::vector<const PickleValue*>;

constexpr int kDeepest = 200;
// Entries and bytes of dotted names over all modules: one that is used in many places is read at
// each, so a small file can stand for any number of them.
constexpr size_t kMostWork = size_t{32} << 20;
constexpr size_t kWorkOfAModule = 64;

// Protocols 0 and 1 make objects by a function that takes their class.
bool IsReconstruction(const PickleValue& object) {
  for (const char* maker : {"copyreg._reconstructor", "copy_reg._reconstructor",
                            "copyreg.__newobj__", "copy_reg.__newobj__"}) {
    if (object.IsCallOf(maker)) return true;
  }
  return false;
}

// The members of a set, in whichever way it was written.
const Entries& MembersOf(const PickleValue* value) {
  static const Entries* const none = new Entries;
  if (value == nullptr) return *none;
  if (value->Is(PickleKind::kSet)) return value->items;
  const bool called = value->IsCallOf("builtins.set") || value->IsCallOf("__builtin__.set");
  if (!called || value->items[1]->items.empty()) return *none;
  return value->items[1]->items[0]->items;
}

bool IsOwnKey(std::string_view key) {
  return key == "_parameters" || key == "_buffers" || key == "_modules" ||
         key == "_non_persistent_buffers_set";
}

class TreeReader {
 public:
  // `prefix`: the length of its dotted name.
  absl::StatusOr<ModuleNode> Read(const PickleValue& module, size_t prefix, int depth) {
    if (depth > kDeepest) return WithoutEnd();
    if (!IsModule(module)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "pickled model: %s stands where a module should", DescribePickleValue(module)));
    }
    const Entries& entries = *StateEntries(module);
    ModuleNode node;
    node.class_name = ClassNameOf(module);
    SCONCE_RETURN_IF_ERROR(Count(entries, 0, kWorkOfAModule + node.class_name.size()));
    SCONCE_RETURN_IF_ERROR(ReadParameters(entries, prefix, node));
    SCONCE_RETURN_IF_ERROR(ReadBuffers(entries, prefix, node));
    for (size_t i = 0; i + 1 < entries.size(); i += 2) {
      if (!entries[i]->Is(PickleKind::kString) || IsOwnKey(entries[i]->text)) continue;
      node.attributes.emplace_back(std::string(entries[i]->text), entries[i + 1]);
    }
    SCONCE_RETURN_IF_ERROR(ReadChildren(entries, prefix, depth, node));
    return node;
  }

 private:
  static absl::Status WithoutEnd() {
    return absl::InvalidArgumentError(
        "pickled model: its modules are nested or repeated without end");
  }

  // The work of a dict whose keys stand behind a prefix.
  absl::Status Count(const Entries& entries, size_t prefix, size_t more = 0) {
    work_ += more;
    for (size_t i = 0; i + 1 < entries.size() && work_ <= kMostWork; i += 2) {
      work_ += prefix + entries[i]->text.size() + 1;
    }
    return work_ <= kMostWork ? absl::OkStatus() : WithoutEnd();
  }

  absl::StatusOr<const Entries*> Named(const Entries& entries, std::string_view key,
                                       size_t prefix) {
    static const Entries* const none = new Entries;
    const PickleValue* value = FindEntry(entries, key);
    if (value == nullptr) return none;
    const Entries* inner = DictEntries(*value);
    if (inner == nullptr) {
      return absl::InvalidArgumentError(absl::StrFormat("pickled model: %s is %s, expected a dict",
                                                        key, DescribePickleValue(*value)));
    }
    for (size_t i = 0; i < inner->size(); i += 2) {
      if (!(*inner)[i]->Is(PickleKind::kString)) {
        return absl::InvalidArgumentError(
            absl::StrFormat("pickled model: %s has a key that is no text", key));
      }
    }
    SCONCE_RETURN_IF_ERROR(Count(*inner, prefix));
    return inner;
  }

  absl::Status ReadParameters(const Entries& entries, size_t prefix, ModuleNode& node) {
    SCONCE_ASSIGN_OR_RETURN(const Entries* listed, Named(entries, "_parameters", prefix));
    for (size_t i = 0; i + 1 < listed->size(); i += 2) {
      const PickleValue* value = (*listed)[i + 1];
      node.parameters.emplace_back(std::string((*listed)[i]->text),
                                   value->Is(PickleKind::kNone) ? nullptr : value);
    }
    return absl::OkStatus();
  }

  absl::Status ReadBuffers(const Entries& entries, size_t prefix, ModuleNode& node) {
    std::set<std::string_view> passing;
    const Entries& members = MembersOf(FindEntry(entries, "_non_persistent_buffers_set"));
    SCONCE_RETURN_IF_ERROR(Count({}, 0, members.size()));
    for (const PickleValue* name : members) {
      if (name->Is(PickleKind::kString)) passing.insert(name->text);
    }
    SCONCE_ASSIGN_OR_RETURN(const Entries* listed, Named(entries, "_buffers", prefix));
    for (size_t i = 0; i + 1 < listed->size(); i += 2) {
      const PickleValue* value = (*listed)[i + 1];
      node.buffers.push_back({std::string((*listed)[i]->text),
                              value->Is(PickleKind::kNone) ? nullptr : value,
                              passing.count((*listed)[i]->text) == 0});
    }
    return absl::OkStatus();
  }

  absl::Status ReadChildren(const Entries& entries, size_t prefix, int depth, ModuleNode& node) {
    SCONCE_ASSIGN_OR_RETURN(const Entries* listed, Named(entries, "_modules", prefix));
    for (size_t i = 0; i + 1 < listed->size(); i += 2) {
      if ((*listed)[i + 1]->Is(PickleKind::kNone)) continue;
      const std::string_view name = (*listed)[i]->text;
      SCONCE_ASSIGN_OR_RETURN(ModuleNode child,
                              Read(*(*listed)[i + 1], prefix + name.size() + 1, depth + 1));
      node.children.emplace_back(std::string(name), std::move(child));
    }
    return absl::OkStatus();
  }

  size_t work_ = 0;
};

void AddState(const ModuleNode& module, const std::string& prefix,
              std::vector<std::pair<std::string, const PickleValue*>>& state) {
  for (const auto& [name, value] : module.parameters) {
    if (value != nullptr) state.emplace_back(prefix + name, value);
  }
  for (const ModuleNode::Buffer& buffer : module.buffers) {
    if (buffer.value != nullptr && buffer.persistent) {
      state.emplace_back(prefix + buffer.name, buffer.value);
    }
  }
  for (const auto& [name, child] : module.children) {
    AddState(child, absl::StrFormat("%s%s.", prefix, name), state);
  }
}

}  // namespace

const Entries* StateEntries(const PickleValue& object) {
  if (!object.Is(PickleKind::kObject) || object.changes == nullptr ||
      object.changes->states.empty()) {
    return nullptr;
  }
  return DictEntries(*object.changes->states.back());
}

bool IsModule(const PickleValue& value) {
  const Entries* entries = StateEntries(value);
  return entries != nullptr && FindEntry(*entries, "_parameters") != nullptr &&
         FindEntry(*entries, "_modules") != nullptr;
}

const PickleValue* FindEntry(const Entries& entries, std::string_view key) {
  const PickleValue* found = nullptr;
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    if (entries[i]->Is(PickleKind::kString) && entries[i]->text == key) found = entries[i + 1];
  }
  return found;
}

const PickleValue* ClassOf(const PickleValue& object) {
  if (!object.Is(PickleKind::kObject)) return nullptr;
  const bool named = IsReconstruction(object) && !object.items[1]->items.empty();
  return named ? object.items[1]->items[0] : object.items[0];
}

bool IsMadeByNew(const PickleValue& object) {
  return object.Is(PickleKind::kObject) && (object.other_form || IsReconstruction(object));
}

std::string ClassNameOf(const PickleValue& object) {
  const PickleValue* type = ClassOf(object);
  return type != nullptr && type->Is(PickleKind::kGlobal) ? std::string(type->text) : "";
}

absl::StatusOr<ModuleNode> ReadModuleTree(const PickleValue& module) {
  return TreeReader().Read(module, 0, 0);
}

std::vector<std::pair<std::string, const PickleValue*>> StateOf(const ModuleNode& module) {
  std::vector<std::pair<std::string, const PickleValue*>> state;
  AddState(module, "", state);
  return state;
}

}  // namespace sconce
