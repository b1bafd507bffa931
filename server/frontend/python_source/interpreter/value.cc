#include "server/frontend/python_source/interpreter/value.h"

#include <string_view>

namespace sconce::python {
namespace {

constexpr uint64_t kValuesOfAnEntry = 5;  // key, value, identity, its place

}  // namespace

uint64_t& MadeValues() {
  thread_local uint64_t count = 0;
  return count;
}

uint64_t WeightOf(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? 1 : 1 + text->size() / sizeof(Value);
}

uint64_t WeightOf(const std::vector<Value>& values) {
  uint64_t weight = 0;
  for (const Value& value : values) weight += WeightOf(value);
  return weight;
}

void ReleaseCaptured(std::any captured) {
  thread_local std::vector<std::any>* waiting = nullptr;
  if (waiting != nullptr) {
    waiting->push_back(std::move(captured));
    return;
  }
  std::vector<std::any> queue;
  waiting = &queue;
  captured.reset();
  while (!queue.empty()) {
    // What these own comes back here, and joins the queue.
    const std::any next = std::move(queue.back());
    queue.pop_back();
  }
  waiting = nullptr;
}

void Release(std::vector<Value> values) {
  if (!values.empty()) ReleaseCaptured(std::any(std::move(values)));
}

Cyclic*& Cyclic::First() {
  thread_local Cyclic* first = nullptr;
  return first;
}

Cyclic::Cyclic() : next_(First()) {
  if (next_ != nullptr) next_->previous_ = this;
  First() = this;
}

Cyclic::~Cyclic() {
  (previous_ == nullptr ? First() : previous_->next_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

void Cyclic::EmptyAll() {
  std::vector<Value> garbage;
  for (Cyclic* each = First(); each != nullptr; each = each->next_) each->MoveTo(garbage);
  Release(std::move(garbage));
}

void List::MoveTo(std::vector<Value>& garbage) {
  for (Value& item : items) garbage.push_back(std::exchange(item, None()));
}

void Table::MoveTo(std::vector<Value>& garbage) {
  for (Entry& entry : entries) {
    garbage.push_back(std::exchange(entry.key, None()));
    garbage.push_back(std::exchange(entry.value, None()));
  }
}

void Class::MoveTo(std::vector<Value>& garbage) {
  for (auto& each : std::exchange(order, {})) garbage.emplace_back(std::move(each));
  for (auto& each : std::exchange(bases, {})) garbage.emplace_back(std::move(each));
}

void Function::MoveTo(std::vector<Value>& garbage) {
  for (Value& value : defaults) garbage.push_back(std::exchange(value, None()));
  garbage.push_back(std::exchange(wrapped, None()));
}

Table::~Table() {
  std::vector<Value> values;
  MoveTo(values);
  Release(std::move(values));
}

const Value* Table::Find(const std::string& id) const {
  const auto place = places_.find(id);
  return place == places_.end() ? nullptr : &entries[place->second].value;
}

void Table::Set(const std::string& id, Value key, Value value) {
  const auto [place, is_new] = places_.emplace(id, entries.size());
  if (is_new) {
    MadeValues() += kValuesOfAnEntry + WeightOf(value) + WeightOf(key);
    entries.push_back({id, std::move(key), std::move(value)});
  } else {
    entries[place->second].value = std::move(value);
  }
}

const Value* Table::Get(std::string_view name) const { return Find(NameKey(name)); }

void Table::Put(std::string_view name, Value value) {
  Set(NameKey(name), std::string(name), std::move(value));
}

bool Table::Erase(const std::string& id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return false;
  const size_t at = place->second;
  places_.erase(place);
  entries.erase(entries.begin() + static_cast<ptrdiff_t>(at));
  for (auto& [other, index] : places_) index -= index > at ? 1 : 0;
  return true;
}

std::string NameKey(std::string_view name) {
  std::string key = "s";
  key += name;
  return key;
}

torch::jit::Value* ListInGraph(const Value& value) {
  if (const List* list = ObjectOf<List>(value)) return list->symbol;
  const auto* symbol = std::get_if<Symbol>(&value);
  const bool is_list =
      symbol != nullptr && symbol->value->type()->kind() == c10::TypeKind::ListType;
  return is_list ? symbol->value : nullptr;
}

bool IsGraphKind(const Value& value, c10::TypeKind kind) {
  const auto* symbol = std::get_if<Symbol>(&value);
  return symbol != nullptr && symbol->value->type()->kind() == kind;
}

const std::vector<Value>* KnownItems(const Value& value) {
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) return &tuple->items;
  const List* list = ObjectOf<List>(value);
  return list != nullptr && list->symbol == nullptr ? &list->items : nullptr;
}

Value TupleOf(std::vector<Value> items) { return Own(Tuple(std::move(items), nullptr)); }
Value ListOf(std::vector<Value> items) { return Own(List(std::move(items))); }
Value SequenceLike(const Value& like, std::vector<Value> items) {
  const List* list = ObjectOf<List>(like);
  if (list == nullptr) return TupleOf(std::move(items));
  List made(std::move(items));
  made.passes_for_tuple = list->passes_for_tuple;
  return Own(std::move(made));
}
Value TensorOf(at::Tensor tensor) { return TensorValue{std::move(tensor), false}; }

bool IsString(const Value& value, std::string_view text) {
  const auto* held = std::get_if<std::string>(&value);
  return held != nullptr && *held == text;
}

bool IsKnownNumber(const Value& value) {
  return Is<bool>(value) || Is<int64_t>(value) || Is<double>(value);
}

double NumberOf(const Value& value) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? 1 : 0;
  if (const auto* integer = std::get_if<int64_t>(&value)) return static_cast<double>(*integer);
  return std::get<double>(value);
}

}  // namespace sconce::python
