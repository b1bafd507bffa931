// Methods of lists, tuples, dicts and sets.

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;
using Found = absl::StatusOr<std::optional<Value>>;
using ListPtr = std::shared_ptr<List>;
using ListMethod = Result (*)(Interpreter&, const ListPtr&, Arguments);

Result Append(Interpreter& interpreter, const ListPtr& list, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("append", std::move(arguments), {"x"}, 1));
  SCONCE_RETURN_IF_ERROR(interpreter.Append(list, *taken[0]));
  return None();
}

Result Extend(Interpreter& interpreter, const ListPtr& list, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("extend", std::move(arguments), {"x"}, 1));
  SCONCE_RETURN_IF_ERROR(interpreter.Extend(list, *taken[0]));
  return None();
}

absl::StatusOr<size_t> PlaceIn(const ListPtr& list, const Value& index, bool clip) {
  const auto* at = std::get_if<int64_t>(&index);
  const auto size = static_cast<int64_t>(list->items.size());
  if (at == nullptr) return Raised("TypeError", "list indices must be known integers");
  int64_t place = *at < 0 ? *at + size : *at;
  if (clip) place = std::clamp<int64_t>(place, 0, size);
  if (place < 0 || (!clip && place >= size)) return Raised("IndexError", "list index out of range");
  return static_cast<size_t>(place);
}

Result Insert(Interpreter& interpreter, const ListPtr& list, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("insert", std::move(arguments), {"i", "x"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const size_t place, PlaceIn(list, *taken[0], true));
  interpreter.Touch(list);
  list->items.insert(list->items.begin() + place, *taken[1]);
  return None();
}

// A deque is a list here.
Result AppendLeft(Interpreter& interpreter, const ListPtr& list, Arguments arguments) {
  arguments.positional.insert(arguments.positional.begin(), int64_t{0});
  return Insert(interpreter, list, std::move(arguments));
}

Result Pop(Interpreter& interpreter, const ListPtr& list, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("pop", std::move(arguments), {"i"}, 0));
  SCONCE_ASSIGN_OR_RETURN(const size_t place, PlaceIn(list, taken[0].value_or(int64_t{-1}), false));
  interpreter.Touch(list);
  Value item = list->items[place];
  list->items.erase(list->items.begin() + place);
  return item;
}

Result PopLeft(Interpreter& interpreter, const ListPtr& list, Arguments) {
  return Pop(interpreter, list, {{int64_t{0}}, {}});
}

Result IndexOf(Interpreter& interpreter, const std::vector<Value>& items, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("index", std::move(arguments), {"x", "start"}, 1));
  const auto* start = std::get_if<int64_t>(&taken[1].emplace(taken[1].value_or(int64_t{0})));
  if (start == nullptr || *start < 0) return Raised("TypeError", "a known place is expected");
  for (size_t i = *start; i < items.size(); ++i) {
    SCONCE_ASSIGN_OR_RETURN(const Value equal,
                            interpreter.Compare(CompareOperator::kEqual, items[i], *taken[0]));
    SCONCE_ASSIGN_OR_RETURN(const bool known, interpreter.KnownTruth(equal, "index()"));
    if (known) return static_cast<int64_t>(i);
  }
  return Raised("ValueError", absl::StrFormat("%s is not in the list", Describe(*taken[0])));
}

Result Remove(Interpreter& interpreter, const ListPtr& list, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Value place,
                          IndexOf(interpreter, list->items, std::move(arguments)));
  interpreter.Touch(list);
  list->items.erase(list->items.begin() + std::get<int64_t>(place));
  return None();
}

Result Reverse(Interpreter& interpreter, const ListPtr& list, Arguments) {
  interpreter.Touch(list);
  std::reverse(list->items.begin(), list->items.end());
  return None();
}

Result Sort(Interpreter& interpreter, const ListPtr& list, Arguments arguments) {
  arguments.positional.insert(arguments.positional.begin(), Value(list));
  SCONCE_ASSIGN_OR_RETURN(
      const Value sorted,
      interpreter.Call(*interpreter.library().builtins().Get("sorted"), std::move(arguments)));
  interpreter.Touch(list);
  list->items = ObjectOf<List>(sorted)->items;
  return None();
}

Result Clear(Interpreter& interpreter, const ListPtr& list, Arguments) {
  interpreter.Touch(list);
  list->items.clear();
  return None();
}

Result CopyList(Interpreter&, const ListPtr& list, Arguments) { return ListOf(list->items); }

Result CountOf(Interpreter& interpreter, const std::vector<Value>& items, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("count", std::move(arguments), {"x"}, 1));
  int64_t count = 0;
  for (const Value& item : items) {
    SCONCE_ASSIGN_OR_RETURN(const Value equal,
                            interpreter.Compare(CompareOperator::kEqual, item, *taken[0]));
    SCONCE_ASSIGN_OR_RETURN(const bool known, interpreter.KnownTruth(equal, "count()"));
    count += known ? 1 : 0;
  }
  return count;
}

const std::shared_ptr<Table>& TableIn(const Value& value) {
  return Is<Dict>(value) ? std::get<Dict>(value).table : std::get<Set>(value).table;
}

using DictMethod = Result (*)(Interpreter&, const std::shared_ptr<Table>&, Arguments);

Result Keys(Interpreter&, const std::shared_ptr<Table>& table, Arguments) {
  std::vector<Value> keys;
  for (const auto& entry : table->entries) keys.push_back(entry.key);
  return ListOf(std::move(keys));
}

Result Values(Interpreter&, const std::shared_ptr<Table>& table, Arguments) {
  std::vector<Value> values;
  for (const auto& entry : table->entries) values.push_back(entry.value);
  return ListOf(std::move(values));
}

Result Pairs(Interpreter&, const std::shared_ptr<Table>& table, Arguments) {
  std::vector<Value> pairs;
  for (const auto& entry : table->entries) pairs.push_back(TupleOf({entry.key, entry.value}));
  return ListOf(std::move(pairs));
}

Result GetOr(Interpreter&, const std::shared_ptr<Table>& table, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("get", std::move(arguments), {"key", "default"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(*taken[0]));
  const Value* value = table->Find(id);
  return value != nullptr ? *value : taken[1].value_or(None());
}

Result SetDefault(Interpreter& interpreter, const std::shared_ptr<Table>& table,
                  Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("setdefault", std::move(arguments), {"key", "x"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(*taken[0]));
  if (const Value* value = table->Find(id)) return *value;
  interpreter.Touch(table);
  table->Set(id, *taken[0], taken[1].value_or(None()));
  return taken[1].value_or(None());
}

Result PopKey(Interpreter& interpreter, const std::shared_ptr<Table>& table, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("pop", std::move(arguments), {"key", "default"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(*taken[0]));
  const Value* held = table->Find(id);
  if (held == nullptr) {
    if (taken[1].has_value()) return *taken[1];
    return Raised("KeyError", Describe(*taken[0]));
  }
  Value value = *held;
  interpreter.Touch(table);
  table->Erase(id);
  return value;
}

// The entry that came last.
Result PopItem(Interpreter& interpreter, const std::shared_ptr<Table>& table, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("popitem", std::move(arguments), {"last"}, 0));
  if (table->entries.empty()) return Raised("KeyError", "popitem(): dictionary is empty");
  SCONCE_ASSIGN_OR_RETURN(const bool last,
                          interpreter.KnownTruth(taken[0].value_or(true), "last of popitem()"));
  const Table::Entry entry = last ? table->entries.back() : table->entries.front();
  interpreter.Touch(table);
  table->Erase(entry.id);
  return TupleOf({entry.key, entry.value});
}

Result Update(Interpreter& interpreter, const std::shared_ptr<Table>& table, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(
      const Value more,
      interpreter.Call(*interpreter.library().builtins().Get("dict"), std::move(arguments)));
  interpreter.Touch(table);
  for (const auto& entry : std::get<Dict>(more).table->entries) {
    table->Set(entry.id, entry.key, entry.value);
  }
  return None();
}

Result AddToSet(Interpreter& interpreter, const std::shared_ptr<Table>& table,
                Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("add", std::move(arguments), {"x"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(*taken[0]));
  interpreter.Touch(table);
  table->Set(id, *taken[0], None());
  return None();
}

Result ClearTable(Interpreter& interpreter, const std::shared_ptr<Table>& table, Arguments) {
  interpreter.Touch(table);
  *table = Table();
  return None();
}

template <typename Method, size_t N>
Method MethodNamed(const std::pair<const char*, Method> (&methods)[N], const std::string& name) {
  for (const auto& [known, method] : methods) {
    if (name == known) return method;
  }
  return nullptr;
}

Found FindSequenceMethod(const std::vector<Value>& items, const std::string& name) {
  if (name == "index") {
    return Native(name, [items](Interpreter& interpreter, Arguments arguments) {
      return IndexOf(interpreter, items, std::move(arguments));
    });
  }
  if (name == "count") {
    return Native(name, [items](Interpreter& interpreter, Arguments arguments) {
      return CountOf(interpreter, items, std::move(arguments));
    });
  }
  return std::nullopt;
}

absl::StatusOr<Table> KeysIn(Interpreter& interpreter, std::string_view method,
                             Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take(method, std::move(arguments), {"other"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const auto others, interpreter.Iterate(*taken[0]));
  Table all;
  for (const Value& other : others) {
    SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(other));
    all.Set(id, other, None());
  }
  return all;
}

bool HasAll(const Table& table, const Table& keys) {
  return std::all_of(keys.entries.begin(), keys.entries.end(),
                     [&](const Table::Entry& entry) { return table.Find(entry.id) != nullptr; });
}

Result IsSubset(Interpreter& interpreter, const std::shared_ptr<Table>& table,
                Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Table all, KeysIn(interpreter, "issubset", std::move(arguments)));
  return HasAll(all, *table);
}

Result IsSuperset(Interpreter& interpreter, const std::shared_ptr<Table>& table,
                  Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Table all, KeysIn(interpreter, "issuperset", std::move(arguments)));
  return HasAll(*table, all);
}

Result IsDisjoint(Interpreter& interpreter, const std::shared_ptr<Table>& table,
                  Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(const Table all, KeysIn(interpreter, "isdisjoint", std::move(arguments)));
  return std::none_of(all.entries.begin(), all.entries.end(),
                      [&](const Table::Entry& entry) { return table->Find(entry.id) != nullptr; });
}

Result Union(Interpreter& interpreter, const std::shared_ptr<Table>& table, Arguments arguments) {
  auto all = std::make_shared<Table>(*table);
  for (const Value& each : arguments.positional) {
    SCONCE_ASSIGN_OR_RETURN(const auto others, interpreter.Iterate(each));
    for (const Value& other : others) {
      SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(other));
      all->Set(id, other, None());
    }
  }
  return Set{std::move(all)};
}

// [] and `in` by name: dict.__setitem__.
Found FindItemMethod(const Value& dict, const std::string& name) {
  using Call = Result (*)(Interpreter&, const Value& dict, const std::vector<Value>& given);
  static constexpr std::pair<const char*, Call> kCalls[] = {
      {"__getitem__",
       [](Interpreter& interpreter, const Value& dict, const std::vector<Value>& given) {
         return interpreter.GetItem(dict, given.at(0));
       }},
      {"__setitem__",
       [](Interpreter& interpreter, const Value& dict, const std::vector<Value>& given) -> Result {
         SCONCE_RETURN_IF_ERROR(interpreter.SetItem(dict, given.at(0), given.at(1)));
         return None();
       }},
      {"__delitem__",
       [](Interpreter& interpreter, const Value& dict, const std::vector<Value>& given) -> Result {
         SCONCE_RETURN_IF_ERROR(interpreter.DeleteItem(dict, given.at(0)));
         return None();
       }},
      {"__contains__",
       [](Interpreter& interpreter, const Value& dict, const std::vector<Value>& given) {
         return interpreter.Compare(CompareOperator::kIn, given.at(0), dict);
       }}};
  for (const auto& [known, call] : kCalls) {
    if (name != known) continue;
    const size_t count = name == "__setitem__" ? 2 : 1;
    return Native(
        name,
        [dict, count, call = call, name](Interpreter& interpreter, Arguments arguments) -> Result {
          if (arguments.positional.size() == count) {
            return call(interpreter, dict, arguments.positional);
          }
          return Raised("TypeError", absl::StrFormat("%s() takes %d arguments", name, count));
        });
  }
  return std::nullopt;
}

Table NamedItems(const Tuple& tuple) {
  Table table;
  for (size_t i = 0; i < tuple.items.size(); ++i) {
    table.Put(tuple.type->fields[i], tuple.items[i]);
  }
  return table;
}

// point._replace(x=3)
Result ReplaceItems(const Tuple& tuple, Arguments arguments) {
  Tuple replaced(tuple.items, tuple.type);
  for (auto& [name, value] : arguments.keywords) {
    const auto& fields = tuple.type->fields;
    const auto field = std::find(fields.begin(), fields.end(), name);
    if (field == fields.end()) {
      return Raised("ValueError", absl::StrFormat("Got unexpected field names: ['%s']", name));
    }
    replaced.items[field - fields.begin()] = std::move(value);
  }
  return Own(std::move(replaced));
}

}  // namespace

Found FindListMethod(const std::shared_ptr<List>& list, const std::string& name) {
  static constexpr std::pair<const char*, ListMethod> kMethods[] = {
      {"append", Append},         {"extend", Extend},   {"insert", Insert},   {"pop", Pop},
      {"appendleft", AppendLeft}, {"popleft", PopLeft}, {"reverse", Reverse}, {"sort", Sort},
      {"clear", Clear},           {"copy", CopyList},   {"remove", Remove}};
  const ListMethod method = MethodNamed(kMethods, name);
  if (method == nullptr) return FindSequenceMethod(list->items, name);
  return Native(name, [list, method](Interpreter& interpreter, Arguments arguments) {
    return method(interpreter, list, std::move(arguments));
  });
}

Found FindTupleMethod(Interpreter& interpreter, const std::shared_ptr<Tuple>& tuple,
                      const std::string& name) {
  if (tuple->type != nullptr) {
    const auto& fields = tuple->type->fields;
    const auto field = std::find(fields.begin(), fields.end(), name);
    if (field != fields.end()) return tuple->items[field - fields.begin()];
    if (name == "_asdict") {
      return Native(name, [tuple](Interpreter&, Arguments) -> Result {
        return Dict{std::make_shared<Table>(NamedItems(*tuple))};
      });
    }
    if (name == "_replace") {
      return Native(name, [tuple](Interpreter&, Arguments arguments) {
        return ReplaceItems(*tuple, std::move(arguments));
      });
    }
    const Value* found = name == "_fields" ? nullptr : FindInClass(*tuple->type, name);
    if (found != nullptr) {
      SCONCE_ASSIGN_OR_RETURN(Value bound,
                              interpreter.BindMethod(Value(tuple), *found, Value(tuple->type)));
      return std::optional<Value>(std::move(bound));
    }
    if (name == "_fields") return TupleOf({fields.begin(), fields.end()});
  }
  if (tuple->result_names != nullptr) {
    const auto& names = *tuple->result_names;
    const auto at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) return tuple->items[at - names.begin()];
  }
  if (name == "numel") {  // torch.Size
    return Native(name, [tuple](Interpreter& interpreter, Arguments) -> Result {
      Value product = int64_t{1};
      for (const Value& item : tuple->items) {
        SCONCE_ASSIGN_OR_RETURN(product,
                                interpreter.Binary(BinaryOperator::kMultiply, product, item));
      }
      return product;
    });
  }
  return FindSequenceMethod(tuple->items, name);
}

Found FindDictMethod(const Value& value, const std::string& name) {
  static constexpr std::pair<const char*, DictMethod> kDictMethods[] = {
      {"keys", Keys},     {"values", Values},         {"items", Pairs},
      {"get", GetOr},     {"setdefault", SetDefault}, {"pop", PopKey},
      {"update", Update}, {"clear", ClearTable},      {"popitem", PopItem}};
  static constexpr std::pair<const char*, DictMethod> kSetMethods[] = {
      {"add", AddToSet},          {"discard", PopKey},       {"remove", PopKey},
      {"clear", ClearTable},      {"issubset", IsSubset},    {"union", Union},
      {"issuperset", IsSuperset}, {"isdisjoint", IsDisjoint}};
  const bool is_dict = Is<Dict>(value);
  if (name == "copy") {
    return Native(name, [value](Interpreter&, Arguments) -> Result {
      auto copy = std::make_shared<Table>(*TableIn(value));
      return Is<Dict>(value) ? Value(Dict{copy}) : Value(Set{copy});
    });
  }
  const DictMethod method =
      is_dict ? MethodNamed(kDictMethods, name) : MethodNamed(kSetMethods, name);
  if (method == nullptr && is_dict) return FindItemMethod(value, name);
  if (method == nullptr) return std::nullopt;
  return Native(name,
                [table = TableIn(value), method](Interpreter& interpreter, Arguments arguments) {
                  return method(interpreter, table, std::move(arguments));
                });
}

}  // namespace sconce::python
