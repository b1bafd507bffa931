#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/characters.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/sequences.h"
#include "server/frontend/python_source/interpreter/text.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

Value KeysOf(const Table& table) {
  std::vector<Value> keys;
  for (const Table::Entry& entry : table.entries) keys.push_back(entry.key);
  return TupleOf(std::move(keys));
}

// A list or tensor of the graph, item by item.
Value SequenceOf(const Value& value, Value length) {
  Sequence sequence;
  sequence.length = std::move(length);
  sequence.at = [value](Interpreter& interpreter, const Value& index) {
    return interpreter.GetItem(value, index);
  };
  return Own(std::move(sequence));
}

// How many items split gives to a known list of sizes; else none.
std::optional<int64_t> KnownCount(torch::jit::Value* list) {
  constexpr size_t kMost = 1000;
  const torch::jit::Node* node = list->node();
  if (node->kind() != c10::aten::split && node->kind() != c10::aten::split_with_sizes) {
    return std::nullopt;
  }
  const torch::jit::Value* sizes = node->input(1);
  size_t count = 0;
  if (sizes->node()->kind() == torch::jit::prim::ListConstruct) {
    count = sizes->node()->inputs().size();
  } else if (const auto known = torch::jit::toIValue(sizes);
             known.has_value() && known->isIntList()) {
    count = known->toIntList().size();
  }
  return count == 0 || count > kMost ? std::nullopt : std::optional(static_cast<int64_t>(count));
}

// What x.chunk(n) is meant to give: n, as long as there is so much to divide.
std::optional<int64_t> MeantCount(const torch::jit::Value* list) {
  constexpr int64_t kMost = 1000;
  if (list->node()->kind() != c10::aten::chunk) return std::nullopt;
  const auto count = torch::jit::toIValue(list->node()->input(1));
  if (!count.has_value() || !count->isInt() || count->toInt() > kMost) return std::nullopt;
  return count->toInt();
}

absl::StatusOr<Value> RowsOf(Interpreter& interpreter, const at::Tensor& tensor) {
  if (tensor.dim() == 0) return Raised("TypeError", "iteration over a 0-d tensor");
  std::vector<Value> rows;
  for (int64_t i = 0; i < tensor.size(0); ++i) {
    SCONCE_ASSIGN_OR_RETURN(Value row, interpreter.GetItem(TensorOf(tensor), i));
    rows.push_back(std::move(row));
  }
  return TupleOf(std::move(rows));
}

// A tensor of the graph as the list of its rows; anything else as it is.
absl::StatusOr<Value> RowsInGraph(Interpreter& interpreter, const Value& given) {
  SCONCE_ASSIGN_OR_RETURN(Value value, interpreter.Present(given));
  const auto* symbol = std::get_if<Symbol>(&value);
  if (symbol == nullptr || symbol->value->type()->kind() != c10::TypeKind::TensorType) return value;
  return interpreter.CallOperator("aten::unbind", {{value}, {}});
}

absl::StatusOr<Value> IterableOfInstance(Interpreter& interpreter, const Value& object) {
  const Instance& instance = *ObjectOf<Instance>(object);
  SCONCE_ASSIGN_OR_RETURN(const auto iterate, interpreter.FindAttribute(object, "__iter__"));
  if (iterate.has_value()) {
    SCONCE_ASSIGN_OR_RETURN(const Value items, interpreter.Call(*iterate, {}));
    return interpreter.IterableOf(items);
  }
  if (const Value* data = instance.attributes->Get("<data>")) return interpreter.IterableOf(*data);
  SCONCE_ASSIGN_OR_RETURN(const auto length, interpreter.FindAttribute(object, "__len__"));
  if (!length.has_value()) {
    return Raised("TypeError", absl::StrFormat("'%s' can't be iterated", TypeName(object)));
  }
  SCONCE_ASSIGN_OR_RETURN(const Value count, interpreter.Call(*length, {}));
  const auto* known = std::get_if<int64_t>(&count);
  if (known == nullptr) return SequenceOf(object, count);
  std::vector<Value> items;
  for (int64_t i = 0; i < *known; ++i) {
    SCONCE_ASSIGN_OR_RETURN(Value item, interpreter.GetItem(object, i));
    items.push_back(std::move(item));
  }
  return TupleOf(std::move(items));
}

}  // namespace

absl::StatusOr<Value> Interpreter::IterableOf(const Value& iterable) {
  const Unknown* unknown = ObjectOf<Unknown>(iterable);
  if (unknown != nullptr && unknown->is_file) {
    Note(absl::StrFormat("%s is not read: the weights come from the model's own file",
                         unknown->name.substr(0, unknown->name.find("()") + 2)));
    return TupleOf({});
  }
  SCONCE_RETURN_IF_ERROR(CheckKnown(iterable));
  if (ObjectOf<Tuple>(iterable) != nullptr || ObjectOf<Sequence>(iterable) != nullptr) {
    return iterable;
  }
  if (const List* list = ObjectOf<List>(iterable); list != nullptr && list->symbol == nullptr) {
    return TupleOf(list->items);
  }
  if (const auto* dict = std::get_if<Dict>(&iterable)) return KeysOf(*dict->table);
  if (const auto* set = std::get_if<Set>(&iterable)) return KeysOf(*set->table);
  if (const auto* text = std::get_if<std::string>(&iterable)) {
    std::vector<Value> letters;
    for (const auto letter : CharactersOf(*text)) letters.emplace_back(std::string(letter));
    return TupleOf(std::move(letters));
  }
  if (const auto* tensor = std::get_if<TensorValue>(&iterable)) {
    return RowsOf(*this, tensor->tensor);
  }
  if (Is<Symbol>(iterable) || ListInGraph(iterable) != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(const Value present, Present(iterable));
    if (ObjectOf<Tuple>(present) != nullptr) return present;
    torch::jit::Value* list = ListInGraph(present);
    if (const auto known = list == nullptr ? std::nullopt : KnownCount(list)) {
      SCONCE_ASSIGN_OR_RETURN(auto items, Items(present, static_cast<size_t>(*known)));
      return TupleOf(std::move(items));
    }
    SCONCE_ASSIGN_OR_RETURN(Value length, Length(present));
    return SequenceOf(present, std::move(length));
  }
  if (const Class* type = ObjectOf<Class>(iterable);
      type != nullptr && type->kind == NativeKind::kEnum) {
    return TupleOf(MembersOf(*type));
  }
  if (ObjectOf<Instance>(iterable) != nullptr) return IterableOfInstance(*this, iterable);
  return Raised("TypeError", absl::StrFormat("'%s' can't be iterated", TypeName(iterable)));
}

absl::StatusOr<std::vector<Value>> Interpreter::Iterate(const Value& iterable) {
  SCONCE_ASSIGN_OR_RETURN(const Value items, IterableOf(iterable));
  if (const Tuple* known = ObjectOf<Tuple>(items)) return known->items;
  return Unsupported("only a request knows how many items there are; they have to be known here");
}

namespace {

// Of `before` + the list's + `after` items the first and the last so many, and the rest as one.
absl::StatusOr<std::vector<Value>> StretchAround(Interpreter& interpreter, const Stretch& all,
                                                 size_t before, size_t after) {
  const size_t first = std::min(before, all.before.size());
  const size_t last = std::min(after, all.after.size());
  SCONCE_ASSIGN_OR_RETURN(std::vector<Value> items,
                          interpreter.ItemsAround(all.list, before - first, after - last));
  Value& rest = items[before - first];
  SCONCE_ASSIGN_OR_RETURN(rest, Joined(interpreter, {all.before.begin() + first, all.before.end()},
                                       rest, {all.after.begin(), all.after.end() - last}));
  items.insert(items.begin(), all.before.begin(), all.before.begin() + first);
  items.insert(items.end(), all.after.end() - last, all.after.end());
  return items;
}

absl::StatusOr<std::vector<Value>> StretchItems(Interpreter& interpreter, const Stretch& all,
                                                size_t count) {
  const size_t known = all.before.size() + all.after.size();
  if (count < known) {
    return Raised("ValueError", absl::StrFormat("too many values to unpack (expected %d)", count));
  }
  SCONCE_ASSIGN_OR_RETURN(std::vector<Value> items, interpreter.Items(all.list, count - known));
  items.insert(items.begin(), all.before.begin(), all.before.end());
  items.insert(items.end(), all.after.begin(), all.after.end());
  return items;
}

// How a display was written, of one that is a Sequence; else null.
const Stretch* StretchOf(const Value& value) {
  const Sequence* sequence = ObjectOf<Sequence>(value);
  return sequence == nullptr ? nullptr : sequence->stretch.get();
}

}  // namespace

absl::StatusOr<std::vector<Value>> Interpreter::Items(const Value& value, size_t count) {
  if (count > limits_.items) return Raised("MemoryError", "more items than Sconce unpacks");
  if (const Stretch* stretch = StretchOf(value)) return StretchItems(*this, *stretch, count);
  SCONCE_ASSIGN_OR_RETURN(const Value rows, RowsInGraph(*this, value));
  if (ListInGraph(rows) != nullptr && recorder_ == nullptr) return OfOneRequest();
  if (torch::jit::Value* list = ListInGraph(rows); list != nullptr && count > 0) {
    torch::jit::Graph& graph = recorder_->graph();
    torch::jit::Node* unpack = graph.insertNode(graph.createListUnpack(list, count));
    std::vector<Value> items;
    for (torch::jit::Value* item : unpack->outputs()) items.push_back(recorder_->FromGraph(item));
    return items;
  }
  SCONCE_ASSIGN_OR_RETURN(const Value iterable, IterableOf(rows));
  SCONCE_ASSIGN_OR_RETURN(const Value length, Length(iterable));
  SCONCE_ASSIGN_OR_RETURN(const Value agrees,
                          Compare(CompareOperator::kEqual, length, static_cast<int64_t>(count)));
  const auto* known = std::get_if<int64_t>(&length);
  SCONCE_RETURN_IF_ERROR(Require(
      agrees, "ValueError",
      absl::StrFormat("expected %d values to unpack%s", count,
                      known == nullptr ? std::string() : absl::StrFormat(", got %d", *known))));
  if (const Tuple* tuple = ObjectOf<Tuple>(iterable)) return tuple->items;
  std::vector<Value> items;
  for (size_t i = 0; i < count; ++i) {
    SCONCE_ASSIGN_OR_RETURN(Value item,
                            ObjectOf<Sequence>(iterable)->at(*this, static_cast<int64_t>(i)));
    items.push_back(std::move(item));
  }
  return items;
}

absl::StatusOr<std::optional<std::vector<Value>>> Interpreter::AllItems(const Value& list) {
  SCONCE_ASSIGN_OR_RETURN(const Value known, IterableOf(list));
  if (const Tuple* several = ObjectOf<Tuple>(known)) return several->items;
  const torch::jit::Value* in_graph = ListInGraph(list);
  const auto meant = in_graph == nullptr ? std::nullopt : MeantCount(in_graph);
  if (!meant.has_value()) return std::nullopt;
  SCONCE_ASSIGN_OR_RETURN(std::vector<Value> items, Items(list, *meant));
  return items;
}

absl::StatusOr<std::vector<Value>> Interpreter::ItemsAround(const Value& value, size_t before,
                                                            size_t after) {
  if (const Stretch* stretch = StretchOf(value)) {
    return StretchAround(*this, *stretch, before, after);
  }
  SCONCE_ASSIGN_OR_RETURN(Value all, RowsInGraph(*this, value));
  if (ListInGraph(all) == nullptr) {
    SCONCE_ASSIGN_OR_RETURN(const Value iterable, IterableOf(all));
    SCONCE_ASSIGN_OR_RETURN(all, ListOfAll(*this, iterable));
  }
  SCONCE_ASSIGN_OR_RETURN(const Value length, Length(all));
  SCONCE_ASSIGN_OR_RETURN(const Value enough, Compare(CompareOperator::kGreaterEqual, length,
                                                      static_cast<int64_t>(before + after)));
  SCONCE_RETURN_IF_ERROR(
      Require(enough, "ValueError",
              absl::StrFormat("expected at least %d values to unpack", before + after)));
  std::vector<Value> parts;
  const auto add = [&](const Value& index) -> absl::Status {
    SCONCE_ASSIGN_OR_RETURN(Value part, GetItem(all, index));
    parts.push_back(std::move(part));
    return absl::OkStatus();
  };
  for (size_t i = 0; i < before; ++i) SCONCE_RETURN_IF_ERROR(add(static_cast<int64_t>(i)));
  SliceValue middle;
  middle.lower = static_cast<int64_t>(before);
  if (after > 0) middle.upper = -static_cast<int64_t>(after);
  SCONCE_RETURN_IF_ERROR(add(Own(std::move(middle))));
  for (size_t i = after; i > 0; --i) SCONCE_RETURN_IF_ERROR(add(-static_cast<int64_t>(i)));
  return parts;
}

absl::StatusOr<Value> Interpreter::Length(const Value& value) {
  SCONCE_RETURN_IF_ERROR(CheckKnown(value));
  const auto count = [](size_t size) { return Value(static_cast<int64_t>(size)); };
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) return count(tuple->items.size());
  if (const List* list = ObjectOf<List>(value)) {
    if (list->symbol == nullptr) return count(list->items.size());
    return CallOperator("aten::len", {{value}, {}});
  }
  if (const auto* dict = std::get_if<Dict>(&value)) return count(dict->table->entries.size());
  if (const auto* set = std::get_if<Set>(&value)) return count(set->table->entries.size());
  SCONCE_RETURN_IF_ERROR(CheckTextKnown(value));
  if (const auto* text = std::get_if<std::string>(&value)) return count(CountCharacters(*text));
  if (const Sequence* sequence = ObjectOf<Sequence>(value)) return sequence->length;
  if (const auto* tensor = std::get_if<TensorValue>(&value)) {
    if (tensor->tensor.dim() == 0) return Raised("TypeError", "len() of a 0-d tensor");
    return tensor->tensor.size(0);
  }
  if (Is<Symbol>(value)) return CallOperator("aten::len", {{value}, {}});
  if (const Class* type = ObjectOf<Class>(value);
      type != nullptr && type->kind == NativeKind::kEnum) {
    return count(type->fields.size());
  }
  if (const Instance* instance = ObjectOf<Instance>(value)) {
    SCONCE_ASSIGN_OR_RETURN(const auto method, FindAttribute(value, "__len__"));
    if (method.has_value()) return Call(*method, {});
    if (const Value* data = instance->attributes->Get("<data>")) return Length(*data);
  }
  return Raised("TypeError", absl::StrFormat("'%s' has no len()", TypeName(value)));
}

}  // namespace sconce::python
