#include "server/frontend/python_source/model/outputs.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
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

bool IsFieldName(const std::string& name) {
  return !name.empty() && absl::ascii_isalpha(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return c == '_' || absl::ascii_isalnum(c); });
}

// A dict of the graph has values of one type; a named tuple gives outputs of the same names.
bool NeedsFields(const Table& table) {
  const auto& entries = table.entries;
  const auto is_other = [&](const Table::Entry& entry) {
    return TypeName(entry.value) != TypeName(entries.front().value) ||
           ObjectOf<Tuple>(entry.value) != nullptr;
  };
  const bool are_names = std::all_of(entries.begin(), entries.end(), [](const auto& entry) {
    return IsFieldName(std::get<std::string>(entry.key));
  });
  return are_names && std::any_of(entries.begin(), entries.end(), is_other);
}

Value WithFields(const Table& table) {
  const auto type = MakeClass("Outputs", {}, NativeKind::kNamedTuple);
  Tuple tuple({}, type);
  for (const Table::Entry& entry : table.entries) {
    type->fields.push_back(std::get<std::string>(entry.key));
    tuple.items.push_back(entry.value);
  }
  return Own(std::move(tuple));
}

Value AsOutputPart(const Value& value, size_t& left);

Value NamedOutputs(const Dict& dict, size_t& left) {
  const auto& entries = dict.table->entries;
  const bool numbered = std::all_of(entries.begin(), entries.end(), [](const Table::Entry& entry) {
    return Is<int64_t>(entry.key);
  });
  if (numbered) return dict;
  auto named = std::make_shared<Table>();
  for (const Table::Entry& entry : entries) {
    if (!Is<None>(entry.value)) named->Put(OutputName(entry.key), AsOutputPart(entry.value, left));
  }
  if (NeedsFields(*named)) return WithFields(*named);
  return Dict{std::move(named)};
}

Value AsOutputPart(const Value& value, size_t& left) {
  if (StackGuard::IsLow() || left == 0) return value;  // Materialise says so
  --left;
  if (const auto* dict = std::get_if<Dict>(&value)) return NamedOutputs(*dict, left);
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) {
    Tuple output({}, tuple->type);
    for (const Value& item : tuple->items) output.items.push_back(AsOutputPart(item, left));
    return Own(std::move(output));
  }
  if (const List* list = ObjectOf<List>(value); list != nullptr && list->symbol == nullptr) {
    std::vector<Value> items;
    for (const Value& item : list->items) items.push_back(AsOutputPart(item, left));
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
  return NamedOutputs(Dict{std::move(table)}, left);
}

}  // namespace

Value AsOutput(const Value& value) {
  size_t left = 10'000;  // parts; dicts may hold each other doubled any number of times
  return AsOutputPart(value, left);
}

}  // namespace sconce::python
