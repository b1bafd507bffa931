#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
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

absl::StatusOr<Value> RowsOf(Interpreter& interpreter, const at::Tensor& tensor) {
  if (tensor.dim() == 0) return Raised("TypeError", "iteration over a 0-d tensor");
  std::vector<Value> rows;
  for (int64_t i = 0; i < tensor.size(0); ++i) {
    SCONCE_ASSIGN_OR_RETURN(Value row, interpreter.GetItem(TensorOf(tensor), i));
    rows.push_back(std::move(row));
  }
  return TupleOf(std::move(rows));
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
  SCONCE_RETURN_IF_ERROR(CheckKnown(iterable));
  if (ObjectOf<Tuple>(iterable) != nullptr || ObjectOf<Sequence>(iterable) != nullptr) {
    return iterable;
  }
  if (const List* list = ObjectOf<List>(iterable)) {
    if (list->symbol == nullptr) return TupleOf(list->items);
    SCONCE_ASSIGN_OR_RETURN(Value length, Length(iterable));
    return SequenceOf(iterable, std::move(length));
  }
  if (const auto* dict = std::get_if<Dict>(&iterable)) return KeysOf(*dict->table);
  if (const auto* set = std::get_if<Set>(&iterable)) return KeysOf(*set->table);
  if (const auto* text = std::get_if<std::string>(&iterable)) {
    std::vector<Value> letters;
    for (const char letter : *text) letters.emplace_back(std::string(1, letter));
    return TupleOf(std::move(letters));
  }
  if (const auto* tensor = std::get_if<TensorValue>(&iterable)) {
    return RowsOf(*this, tensor->tensor);
  }
  if (Is<Symbol>(iterable)) {
    SCONCE_ASSIGN_OR_RETURN(Value length, Length(iterable));
    return SequenceOf(iterable, std::move(length));
  }
  if (const Class* type = ObjectOf<Class>(iterable);
      type != nullptr && type->kind == NativeKind::kEnum) {
    std::vector<Value> members;
    for (const std::string& name : type->fields) members.push_back(*type->attributes.Get(name));
    return TupleOf(std::move(members));
  }
  if (ObjectOf<Instance>(iterable) != nullptr) return IterableOfInstance(*this, iterable);
  return Raised("TypeError", absl::StrFormat("'%s' can't be iterated", TypeName(iterable)));
}

absl::StatusOr<std::vector<Value>> Interpreter::Iterate(const Value& iterable) {
  SCONCE_ASSIGN_OR_RETURN(const Value items, IterableOf(iterable));
  if (const Tuple* known = ObjectOf<Tuple>(items)) return known->items;
  return Unsupported("only a request knows how many items there are; they have to be known here");
}

absl::StatusOr<std::vector<Value>> Interpreter::Items(const Value& value, size_t count) {
  if (count > 0 && Is<Symbol>(value)) {
    Symbol list = std::get<Symbol>(value);
    if (list.value->type()->kind() == c10::TypeKind::TensorType) {
      SCONCE_ASSIGN_OR_RETURN(const Value rows, CallOperator("aten::unbind", {{value}, {}}));
      list = std::get<Symbol>(rows);
    }
    if (list.value->type()->kind() == c10::TypeKind::ListType) {
      torch::jit::Graph& graph = recorder_->graph();
      torch::jit::Node* unpack = graph.insertNode(graph.createListUnpack(list.value, count));
      std::vector<Value> items;
      for (torch::jit::Value* item : unpack->outputs()) items.push_back(recorder_->FromGraph(item));
      return items;
    }
  }
  return Iterate(value);
}

absl::StatusOr<Value> Interpreter::Length(const Value& value) {
  SCONCE_RETURN_IF_ERROR(CheckKnown(value));
  const auto count = [](size_t size) { return Value(static_cast<int64_t>(size)); };
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) return count(tuple->items.size());
  if (const List* list = ObjectOf<List>(value)) {
    if (list->symbol == nullptr) return count(list->items.size());
    return CallOperator("aten::len", {{Symbol{list->symbol}}, {}});
  }
  if (const auto* dict = std::get_if<Dict>(&value)) return count(dict->table->entries.size());
  if (const auto* set = std::get_if<Set>(&value)) return count(set->table->entries.size());
  if (const auto* text = std::get_if<std::string>(&value)) return count(text->size());
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
