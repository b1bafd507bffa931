#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/characters.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/interpreter/tensor_index.h"
#include "server/frontend/python_source/interpreter/text.h"
#include "server/frontend/python_source/interpreter/type_name.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

// Where a slice begins, and how many items it has; as Python clips it.
struct Range {
  int64_t start;
  int64_t step;
  int64_t count;
};

absl::StatusOr<Range> Resolve(const SliceValue& slice, int64_t length) {
  const auto part = [](const Value& value, int64_t otherwise) -> absl::StatusOr<int64_t> {
    if (Is<None>(value)) return otherwise;
    if (const auto* number = std::get_if<int64_t>(&value)) return *number;
    return Unsupported("a slice of a list by what only a request knows");
  };
  SCONCE_ASSIGN_OR_RETURN(const int64_t step, part(slice.step, 1));
  if (step == 0) return Raised("ValueError", "slice step cannot be zero");
  const bool forward = step > 0;
  SCONCE_ASSIGN_OR_RETURN(int64_t start, part(slice.lower, forward ? 0 : length - 1));
  SCONCE_ASSIGN_OR_RETURN(int64_t stop, part(slice.upper, forward ? length : -length - 1));
  const int64_t low = forward ? 0 : -1;
  const int64_t high = forward ? length : length - 1;
  for (int64_t* bound : {&start, &stop}) {
    if (*bound < 0) *bound += length;
    *bound = std::clamp(*bound, low, high);
  }
  const int64_t span = forward ? stop - start : start - stop;
  const int64_t width = forward ? step : -step;
  return Range{start, step, span <= 0 ? 0 : (span + width - 1) / width};
}

absl::StatusOr<int64_t> PlaceOf(const Value& index, size_t size, const Value& container) {
  int64_t at = 0;
  if (const auto* number = std::get_if<int64_t>(&index)) {
    at = *number;
  } else if (const auto* truth = std::get_if<bool>(&index)) {
    at = *truth ? 1 : 0;
  } else {
    return Raised("TypeError", absl::StrFormat("%s indices must be integers or slices, not %s",
                                               TypeName(container), TypeName(index)));
  }
  const auto length = static_cast<int64_t>(size);
  if (at < -length || at >= length) {
    return Raised("IndexError", absl::StrFormat("%s index out of range: %d of %d",
                                                TypeName(container), at, length));
  }
  return at < 0 ? at + length : at;
}

absl::StatusOr<Value> ItemOfGraphValue(Interpreter& interpreter, const Symbol& symbol,
                                       const Value& index) {
  const c10::TypeKind kind = symbol.value->type()->kind();
  if (kind == c10::TypeKind::TensorType && Is<std::string>(index)) {
    interpreter.recorder()->AskedForName(symbol);
    return Unsupported(absl::StrFormat(
        "%s is asked for its item \"%s\", but is a tensor as far as the source says; for an input "
        "that is a dict: --define forward.NAME='Dict[str, Tensor]'",
        symbol.value->debugName(), std::get<std::string>(index)));
  }
  if (kind == c10::TypeKind::TensorType) return GetTensorItem(interpreter, symbol, index);
  if (kind == c10::TypeKind::OptionalType) {
    SCONCE_ASSIGN_OR_RETURN(const Value present, interpreter.Present(symbol));
    return interpreter.GetItem(present, index);
  }
  const SliceValue* slice = ObjectOf<SliceValue>(index);
  if (slice == nullptr) {
    return interpreter.CallOperator("aten::__getitem__", {{symbol, index}, {}});
  }
  const Value step = Is<None>(slice->step) ? Value(int64_t{1}) : slice->step;
  return interpreter.CallOperator("aten::slice", {{symbol, slice->lower, slice->upper, step}, {}});
}

absl::StatusOr<Value> ItemOf(Interpreter& interpreter, const std::vector<Value>& items,
                             const Value& container, const Value& index) {
  const SliceValue* slice = ObjectOf<SliceValue>(index);
  const bool is_open =
      slice == nullptr ? Is<Symbol>(index) : Is<Symbol>(slice->lower) || Is<Symbol>(slice->upper);
  if (is_open && interpreter.recorder() != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(torch::jit::Value * list,
                            interpreter.recorder()->Materialise(ListOf(items)));
    return ItemOfGraphValue(interpreter, Symbol{list}, index);
  }
  if (slice != nullptr) {
    SCONCE_ASSIGN_OR_RETURN(const Range range, Resolve(*slice, static_cast<int64_t>(items.size())));
    std::vector<Value> part;
    for (int64_t i = 0; i < range.count; ++i) part.push_back(items[range.start + i * range.step]);
    return SequenceLike(container, std::move(part));
  }
  SCONCE_ASSIGN_OR_RETURN(const int64_t at, PlaceOf(index, items.size(), container));
  return items[at];
}

absl::StatusOr<Value> ItemOfText(const std::string& text, const Value& index) {
  const auto letters = CharactersOf(text);
  if (const SliceValue* slice = ObjectOf<SliceValue>(index)) {
    const auto length = static_cast<int64_t>(letters.size());
    SCONCE_ASSIGN_OR_RETURN(const Range range, Resolve(*slice, length));
    std::string part;
    for (int64_t i = 0; i < range.count; ++i) part += letters[range.start + i * range.step];
    return part;
  }
  SCONCE_ASSIGN_OR_RETURN(const int64_t at, PlaceOf(index, letters.size(), text));
  return std::string(letters[at]);
}

absl::StatusOr<Value> ItemOfTable(const Table& table, const Value& key) {
  SCONCE_RETURN_IF_ERROR(CheckKeyKnown(key, table));
  SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(key));
  if (const Value* value = table.Find(id)) return *value;
  return Raised("KeyError", Describe(key));
}

// Generic[T], List[int], Enum["NAME"].
absl::StatusOr<Value> ItemOfClass(const std::shared_ptr<Class>& type, const Value& index) {
  const auto* name = std::get_if<std::string>(&index);
  if (type->kind == NativeKind::kEnum && name != nullptr) {
    if (const Value* member = type->attributes.Get(*name)) return *member;
    return Raised("KeyError", *name);
  }
  return Value(type);
}

}  // namespace

absl::StatusOr<Value> Interpreter::GetItem(const Value& object, const Value& index) {
  if (const Unknown* unknown = ObjectOf<Unknown>(object)) {
    return Own(unknown->Part(unknown->name + "[]"));
  }
  SCONCE_RETURN_IF_ERROR(CheckKnown(index));
  if (const Tuple* tuple = ObjectOf<Tuple>(object)) {
    return ItemOf(*this, tuple->items, object, index);
  }
  if (const List* list = ObjectOf<List>(object)) {
    if (list->symbol != nullptr) return ItemOfGraphValue(*this, Symbol{list->symbol}, index);
    return ItemOf(*this, list->items, object, index);
  }
  if (const auto* dict = std::get_if<Dict>(&object)) return ItemOfTable(*dict->table, index);
  if (const auto* text = std::get_if<std::string>(&object)) return ItemOfText(*text, index);
  if (const auto* symbol = std::get_if<Symbol>(&object)) {
    return ItemOfGraphValue(*this, *symbol, index);
  }
  if (Is<TensorValue>(object)) return GetTensorItem(*this, object, index);
  if (const auto* type = std::get_if<std::shared_ptr<Class>>(&object)) {
    return ItemOfClass(*type, index);
  }
  if (const Instance* instance = ObjectOf<Instance>(object)) {
    SCONCE_ASSIGN_OR_RETURN(const auto method, FindAttribute(object, "__getitem__"));
    if (method.has_value()) return Call(*method, {{index}, {}});
    const Value* data = instance->attributes->Get("<data>");
    if (data != nullptr) return GetItem(*data, index);
  }
  if (ObjectOf<Builtin>(object) != nullptr) return object;  // Callable[[int], int]
  return Raised("TypeError", absl::StrFormat("'%s' object has no items", TypeName(object)));
}

namespace {

// list[a:b] = items. What a request has to tell makes it a list of the graph.
absl::Status SetSlice(Interpreter& interpreter, const Value& object, const SliceValue& slice,
                      const Value& value) {
  if (!Is<None>(slice.step) && !IsSame(slice.step, Value(int64_t{1}))) {
    return Unsupported("items of every other place can't be set together");
  }
  SCONCE_ASSIGN_OR_RETURN(const Value given, interpreter.IterableOf(value));
  const auto* list = std::get_if<std::shared_ptr<List>>(&object);
  const Tuple* items = ObjectOf<Tuple>(given);
  const bool is_known = !Is<Symbol>(slice.lower) && !Is<Symbol>(slice.upper);
  if (list != nullptr && (*list)->symbol == nullptr && items != nullptr && is_known) {
    auto& held = (*list)->items;
    SCONCE_ASSIGN_OR_RETURN(const Range range, Resolve(slice, static_cast<int64_t>(held.size())));
    interpreter.Touch(*list);
    const auto at = held.begin() + range.start;
    held.insert(held.erase(at, at + range.count), items->items.begin(), items->items.end());
    return absl::OkStatus();
  }
  const auto part = [&](Value lower, Value upper) {
    SliceValue some;
    some.lower = std::move(lower);
    some.upper = std::move(upper);
    return interpreter.GetItem(object, Own(std::move(some)));
  };
  Value all = items != nullptr ? ListOf(items->items) : value;
  if (!Is<None>(slice.lower)) {
    SCONCE_ASSIGN_OR_RETURN(const Value before, part(None(), slice.lower));
    SCONCE_ASSIGN_OR_RETURN(all, interpreter.Binary(BinaryOperator::kAdd, before, all));
  }
  if (!Is<None>(slice.upper)) {
    SCONCE_ASSIGN_OR_RETURN(const Value after, part(slice.upper, None()));
    SCONCE_ASSIGN_OR_RETURN(all, interpreter.Binary(BinaryOperator::kAdd, all, after));
  }
  if (torch::jit::Value* in_graph = ListInGraph(object)) {
    SCONCE_RETURN_IF_ERROR(
        interpreter.CallOperator("aten::clear", {{Symbol{in_graph}}, {}}).status());
    return interpreter.CallOperator("aten::extend", {{Symbol{in_graph}, all}, {}}).status();
  }
  torch::jit::Value* joined = ListInGraph(all);
  if (list == nullptr || joined == nullptr)
    return Raised("TypeError", "can only assign an iterable");
  interpreter.Touch(*list);
  (*list)->symbol = joined;
  (*list)->items.clear();
  return absl::OkStatus();
}

}  // namespace

absl::Status Interpreter::SetItem(const Value& object, const Value& index, Value value) {
  const SliceValue* slice = ObjectOf<SliceValue>(index);
  const bool is_list = ObjectOf<List>(object) != nullptr || ListInGraph(object) != nullptr;
  if (slice != nullptr && is_list) return SetSlice(*this, object, *slice, value);
  if (torch::jit::Value* list = ListInGraph(object)) {
    return CallOperator("aten::_set_item", {{Symbol{list}, index, value}, {}}).status();
  }
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&object)) {
    SCONCE_ASSIGN_OR_RETURN(const int64_t at, PlaceOf(index, (*list)->items.size(), object));
    Touch(*list);
    (*list)->items[at] = std::move(value);
    return absl::OkStatus();
  }
  if (const auto* dict = std::get_if<Dict>(&object)) {
    SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(index));
    if (dict->table->entries.size() >= limits_.items) {
      return Raised("MemoryError", "a dict of more entries than Sconce makes");
    }
    Touch(dict->table);
    dict->table->Set(id, index, std::move(value));
    return absl::OkStatus();
  }
  if (Is<TensorValue>(object) || Is<Symbol>(object)) {
    return SetTensorItem(*this, object, index, value);
  }
  if (const Instance* instance = ObjectOf<Instance>(object)) {
    SCONCE_ASSIGN_OR_RETURN(const auto method, FindAttribute(object, "__setitem__"));
    if (method.has_value()) return Call(*method, {{index, std::move(value)}, {}}).status();
    const Value* data = instance->attributes->Get("<data>");
    if (data != nullptr) return SetItem(*data, index, std::move(value));
  }
  if (ObjectOf<Unknown>(object) != nullptr) return absl::OkStatus();
  return Raised("TypeError", absl::StrFormat("items of '%s' can't be set", TypeName(object)));
}

absl::Status Interpreter::DeleteItem(const Value& object, const Value& index) {
  if (torch::jit::Value* list = ListInGraph(object)) {
    return CallOperator("aten::Delete", {{Symbol{list}, index}, {}}).status();
  }
  if (const auto* dict = std::get_if<Dict>(&object)) {
    SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(index));
    Touch(dict->table);
    if (dict->table->Erase(id)) return absl::OkStatus();
    return Raised("KeyError", Describe(index));
  }
  if (const SliceValue* slice = ObjectOf<SliceValue>(index);
      slice != nullptr && ObjectOf<List>(object) != nullptr) {
    return SetSlice(*this, object, *slice, ListOf({}));
  }
  if (const auto* list = std::get_if<std::shared_ptr<List>>(&object)) {
    SCONCE_ASSIGN_OR_RETURN(const int64_t at, PlaceOf(index, (*list)->items.size(), object));
    Touch(*list);
    (*list)->items.erase((*list)->items.begin() + at);
    return absl::OkStatus();
  }
  SCONCE_ASSIGN_OR_RETURN(const auto method, FindAttribute(object, "__delitem__"));
  if (method.has_value()) return Call(*method, {{index}, {}}).status();
  return Raised("TypeError", absl::StrFormat("items of '%s' can't be deleted", TypeName(object)));
}

}  // namespace sconce::python
