#include "server/frontend/python_source/model/outputs.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

// The name of an output in a dict whose keys are no names: ("disp", 0) is disp.0.
std::string OutputName(const Value& key) {
  if (const auto* text = std::get_if<std::string>(&key)) return *text;
  const Tuple* tuple = ObjectOf<Tuple>(key);
  if (tuple == nullptr) return Describe(key);
  std::vector<std::string> parts;
  for (const Value& part : tuple->items) parts.push_back(OutputName(part));
  return absl::StrJoin(parts, ".");
}

Value NamedOutputs(const Dict& dict) {
  const auto& entries = dict.table->entries;
  const bool numbered = std::all_of(entries.begin(), entries.end(), [](const Table::Entry& entry) {
    return Is<int64_t>(entry.key);
  });
  if (numbered) return dict;
  auto named = std::make_shared<Table>();
  for (const Table::Entry& entry : entries) {
    named->Put(OutputName(entry.key), entry.value);
  }
  return Dict{std::move(named)};
}

}  // namespace

Value AsOutput(const Value& value) {
  if (StackGuard::IsLow()) return value;  // Materialise says so
  if (const auto* dict = std::get_if<Dict>(&value)) return NamedOutputs(*dict);
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) {
    Tuple output({}, tuple->type);
    for (const Value& item : tuple->items) output.items.push_back(AsOutput(item));
    return Own(std::move(output));
  }
  if (const List* list = ObjectOf<List>(value); list != nullptr && list->symbol == nullptr) {
    std::vector<Value> items;
    for (const Value& item : list->items) items.push_back(AsOutput(item));
    return TupleOf(std::move(items));
  }
  const Instance* instance = ObjectOf<Instance>(value);
  if (instance == nullptr || IsModule(value)) return value;
  // Objects that only carry results: what they hold, without what is None.
  auto table = std::make_shared<Table>();
  for (const Table* from : {static_cast<const Table*>(instance->attributes.get()), DataOf(value)}) {
    if (from == nullptr) continue;
    for (const Table::Entry& entry : from->entries) {
      if (Is<std::string>(entry.key) && !Is<None>(entry.value) &&
          std::get<std::string>(entry.key)[0] != '<') {
        table->Set(entry.id, entry.key, entry.value);
      }
    }
  }
  return Dict{std::move(table)};
}

}  // namespace sconce::python
