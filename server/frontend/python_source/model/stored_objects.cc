#include "server/frontend/python_source/model/stored_objects.h"

#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/torch/module_tree.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/model/stored_names.h"

namespace sconce::python {
namespace {

constexpr int kDeepestObjects = 200;
// One text can be a value any number of times.
constexpr size_t kMostTextBytes = size_t{64} << 20;

Value UnknownObject(const std::string& name, std::string_view why) {
  return Own(Unknown{name, absl::StrFormat("the file holds %s", why)});
}

// An object whose class nobody gave is what it holds: a parsed command line, a configuration.
std::shared_ptr<Class> PlainClass(Interpreter& interpreter, const StoredName& name) {
  auto type = MakeClass(name.name, {interpreter.library().object_class()}, NativeKind::kObject);
  type->module = name.module;
  return type;
}

// Counts how deep the reader is in the file's objects.
class Level {
 public:
  explicit Level(int& depth) : depth_(++depth) {}
  ~Level() { --depth_; }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  int& depth_;
};

}  // namespace

absl::StatusOr<Value> StoredObjects::Read(const PickleValue& value) {
  const Level level(depth_);
  SCONCE_RETURN_IF_ERROR(interpreter_.Step());
  if (depth_ > kDeepestObjects) return Unsupported("the file's objects nest too deeply");
  switch (value.kind) {
    case PickleKind::kNone:
      return None();
    case PickleKind::kBool:
      return value.integer != 0;
    case PickleKind::kInt:
      return value.integer;
    case PickleKind::kFloat:
      return value.real;
    case PickleKind::kString:
      return ReadText(value);
    case PickleKind::kGlobal: {
      const StoredName name = NameOf(value);
      auto found = FindStored(interpreter_, name);
      if (absl::IsNotFound(found.status())) {
        return UnknownObject(name.module + "." + name.name, "its name alone, not its code");
      }
      return found;
    }
    case PickleKind::kTuple:
    case PickleKind::kList:
    case PickleKind::kDict:
    case PickleKind::kSet:
    case PickleKind::kObject:
      return ReadOnce(value);
    case PickleKind::kBigInt:
    case PickleKind::kBytes:
    case PickleKind::kPersistentId:
      return UnknownObject(DescribePickleValue(value), "what no model computes with");
  }
  return None();
}

Value StoredObjects::ReadOrUnknown(const PickleValue& value, const std::string& name) {
  auto read = Read(value);
  return read.ok() ? *std::move(read) : Own(Unknown{name, std::string(read.status().message())});
}

absl::StatusOr<Value> StoredObjects::ReadText(const PickleValue& value) {
  text_bytes_ += value.text.size();
  if (text_bytes_ > kMostTextBytes) return Unsupported("the file's texts are too long");
  return std::string(value.text);
}

absl::StatusOr<Value> StoredObjects::ReadOnce(const PickleValue& value) {
  const auto known = made_.find(&value);
  if (known != made_.end()) return known->second;
  const auto failed = failed_.find(&value);
  if (failed != failed_.end()) return failed->second;
  auto made = ReadContainer(value);
  if (!made.ok()) {
    made_.erase(&value);  // half of it may be there
    failed_.emplace(&value, made.status());
  }
  return made;
}

absl::StatusOr<Value> StoredObjects::ReadContainer(const PickleValue& value) {
  switch (value.kind) {
    case PickleKind::kTuple: {
      SCONCE_ASSIGN_OR_RETURN(auto items, ReadAll(value.items));
      return made_[&value] = TupleOf(std::move(items));
    }
    case PickleKind::kList: {
      const auto list = std::make_shared<List>();
      made_[&value] = list;
      SCONCE_ASSIGN_OR_RETURN(list->items, ReadAll(value.items));
      return Value(list);
    }
    case PickleKind::kDict:
      return ReadDict(value, value.items);
    case PickleKind::kSet: {
      const Set set{std::make_shared<Table>()};
      made_[&value] = set;
      SCONCE_ASSIGN_OR_RETURN(const auto members, ReadAll(value.items));
      for (const Value& member : members) {
        SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(member));
        set.table->Set(id, member, None());
      }
      return Value(set);
    }
    default:
      return ReadObject(value);
  }
}

absl::StatusOr<std::vector<Value>> StoredObjects::ReadAll(const Entries& items) {
  std::vector<Value> values;
  values.reserve(items.size());
  for (const PickleValue* item : items) {
    SCONCE_ASSIGN_OR_RETURN(Value value, Read(*item));
    values.push_back(std::move(value));
  }
  return values;
}

absl::StatusOr<Value> StoredObjects::ReadDict(const PickleValue& value, const Entries& entries) {
  const Dict dict{std::make_shared<Table>()};
  made_[&value] = dict;
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    SCONCE_ASSIGN_OR_RETURN(const Value key, Read(*entries[i]));
    SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(key));
    dict.table->Set(id, key, ReadOrUnknown(*entries[i + 1], DescribePickleValue(*entries[i])));
  }
  return Value(dict);
}

absl::StatusOr<Value> StoredObjects::ReadObject(const PickleValue& value) {
  if (const Entries* entries = DictEntries(value)) return ReadDict(value, *entries);
  if (IsStoredTensor(value)) return ReadTensor(value, false);
  if (IsModule(value)) return ReadModule(value);
  SCONCE_ASSIGN_OR_RETURN(const Value object, Construct(value));
  made_[&value] = object;
  SCONCE_RETURN_IF_ERROR(AddItems(value, object));
  SCONCE_RETURN_IF_ERROR(SetState(value, object));
  return object;
}

absl::StatusOr<Value> StoredObjects::Construct(const PickleValue& value) {
  const bool made_by_new = IsMadeByNew(value);
  const PickleValue* callable = ClassOf(value);
  if (!callable->Is(PickleKind::kGlobal)) {
    SCONCE_ASSIGN_OR_RETURN(const Value callee, Read(*callable));
    return CallStored(value, callee);
  }
  const StoredName name = NameOf(*callable);
  const auto callee = FindStored(interpreter_, name);
  if (absl::IsNotFound(callee.status())) {
    const bool plain = made_by_new || value.items[1]->items.empty();
    if (plain && StateEntries(value) != nullptr) return NewInstance(PlainClass(interpreter_, name));
    return UnknownObject(name.module + "." + name.name, "an object of it, whose code is not known");
  }
  SCONCE_RETURN_IF_ERROR(callee.status());
  const auto* type = std::get_if<std::shared_ptr<Class>>(&*callee);
  const bool bare = type != nullptr && (*type)->make == nullptr &&
                    (*type)->kind != NativeKind::kNamedTuple && made_by_new;
  return bare ? Value(NewInstance(*type)) : CallStored(value, *callee);
}

absl::StatusOr<Value> StoredObjects::CallStored(const PickleValue& value, const Value& callee) {
  Arguments arguments;
  SCONCE_ASSIGN_OR_RETURN(arguments.positional, ReadAll(value.items[1]->items));
  // The state of a partial call is all that it was made with: function, arguments, keywords.
  if (value.IsCallOf("functools.partial") && value.changes != nullptr &&
      !value.changes->states.empty()) {
    SCONCE_ASSIGN_OR_RETURN(const auto state, ReadAll(value.changes->states.back()->items));
    const Tuple* given = state.size() < 3 ? nullptr : ObjectOf<Tuple>(state[1]);
    const Dict* keywords = state.size() < 3 ? nullptr : std::get_if<Dict>(&state[2]);
    if (given == nullptr || keywords == nullptr) return Unsupported("a partial call is malformed");
    arguments.positional = {state[0]};
    arguments.positional.insert(arguments.positional.end(), given->items.begin(),
                                given->items.end());
    for (const Table::Entry& entry : keywords->table->entries) {
      const auto* name = std::get_if<std::string>(&entry.key);
      if (name != nullptr) arguments.keywords.emplace_back(*name, entry.value);
    }
  }
  return interpreter_.Call(callee, std::move(arguments));
}

absl::Status StoredObjects::AddItems(const PickleValue& value, const Value& object) {
  if (value.changes == nullptr || ObjectOf<Unknown>(object) != nullptr) return absl::OkStatus();
  const Entries& entries = value.changes->entries;
  for (size_t i = 0; i + 1 < entries.size(); i += 2) {
    SCONCE_ASSIGN_OR_RETURN(const Value key, Read(*entries[i]));
    SCONCE_ASSIGN_OR_RETURN(Value item, Read(*entries[i + 1]));
    SCONCE_RETURN_IF_ERROR(interpreter_.SetItem(object, key, std::move(item)));
  }
  for (const PickleValue* each : value.changes->items) {
    SCONCE_ASSIGN_OR_RETURN(Value item, Read(*each));
    SCONCE_RETURN_IF_ERROR(
        interpreter_.CallMethod(object, "append", {{std::move(item)}, {}}).status());
  }
  return absl::OkStatus();
}

absl::Status StoredObjects::SetState(const PickleValue& value, const Value& object) {
  const Instance* instance = ObjectOf<Instance>(object);
  if (instance == nullptr || value.changes == nullptr || value.changes->states.empty()) {
    return absl::OkStatus();
  }
  const PickleValue& state = *value.changes->states.back();
  // With __slots__ the state is a pair: what __dict__ had, and what the slots had.
  const bool pair = state.Is(PickleKind::kTuple) && state.items.size() == 2;
  for (const PickleValue* part : pair ? state.items : Entries{&state}) {
    const Entries* entries = DictEntries(*part);
    for (size_t i = 0; entries != nullptr && i + 1 < entries->size(); i += 2) {
      if (!(*entries)[i]->Is(PickleKind::kString)) continue;
      const std::string name((*entries)[i]->text);
      instance->attributes->Put(name, ReadOrUnknown(*(*entries)[i + 1], name));
    }
  }
  return Renew(object, [&] { return Read(state); });
}

absl::StatusOr<Value> StoredObjects::ReadTensor(const PickleValue& value, bool is_parameter) {
  const auto known = made_.find(&value);
  if (known != made_.end()) return known->second;
  SCONCE_ASSIGN_OR_RETURN(const StoredTensor stored, file_.TensorOf(value));
  SCONCE_ASSIGN_OR_RETURN(at::Tensor tensor, tensors_.Read(stored));
  const bool parameter = is_parameter || value.IsCallOf("torch._utils._rebuild_parameter");
  return made_[&value] = TensorValue{std::move(tensor), parameter};
}

}  // namespace sconce::python
