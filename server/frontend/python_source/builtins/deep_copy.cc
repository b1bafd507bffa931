#include "server/frontend/python_source/builtins/deep_copy.h"

#include <memory>
#include <unordered_map>
#include <utility>

#include "server/frontend/python_source/interpreter/sequences.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"

namespace sconce::python {
namespace {

class Copier {
 public:
  Copier(UnsetTensors& unset, bool deep) : unset_(unset), deep_(deep) {}

  Value Copy(const Value& value, bool outermost) {
    if ((!deep_ && !outermost) || StackGuard::IsLow()) return value;
    if (const auto* tensor = std::get_if<TensorValue>(&value)) return CopyTensor(*tensor);
    if (const auto* tuple = std::get_if<std::shared_ptr<Tuple>>(&value)) {
      const auto known = tuples_.find(tuple->get());
      if (known != tuples_.end()) return known->second;
      Tuple copy({}, (*tuple)->type);
      for (const Value& item : (*tuple)->items) copy.items.push_back(Copy(item, false));
      MadeValues() += copy.items.size();
      return tuples_[tuple->get()] = std::make_shared<Tuple>(std::move(copy));
    }
    if (const auto* list = std::get_if<std::shared_ptr<List>>(&value)) {
      auto& copy = lists_[list->get()];
      if (copy != nullptr) return copy;
      copy = std::make_shared<List>();
      copy->passes_for_tuple = (*list)->passes_for_tuple;
      copy->symbol = (*list)->symbol;
      const auto result = copy;
      for (const Value& item : (*list)->items) result->items.push_back(Copy(item, false));
      MadeValues() += result->items.size();
      return result;
    }
    if (const auto* dict = std::get_if<Dict>(&value)) return Dict{CopyTable(dict->table)};
    if (const auto* set = std::get_if<Set>(&value)) return Set{CopyTable(set->table)};
    if (const auto* instance = std::get_if<std::shared_ptr<Instance>>(&value)) {
      auto& copy = instances_[instance->get()];
      if (copy != nullptr) return copy;
      copy = std::make_shared<Instance>(Instance{(*instance)->type, nullptr});
      const auto result = copy;
      result->attributes = std::make_shared<Table>();
      CopyEntries(*(*instance)->attributes, *result->attributes);
      return result;
    }
    return value;  // numbers, texts, functions, classes
  }

 private:
  Value CopyTensor(const TensorValue& value) {
    auto& copy = tensors_[value.tensor.unsafeGetTensorImpl()];
    if (!copy.defined() && unset_.Has(value.tensor)) {
      copy = at::empty_like(value.tensor);
      unset_.Add(copy);
    }
    if (!copy.defined()) copy = value.tensor.clone();
    return TensorValue{copy, value.is_parameter, value.is_buffer};
  }

  std::shared_ptr<Table> CopyTable(const std::shared_ptr<Table>& table) {
    auto& copy = tables_[table.get()];
    if (copy != nullptr) return copy;
    copy = std::make_shared<Table>();
    const auto result = copy;
    CopyEntries(*table, *result);
    return result;
  }

  // A shallow copy of a module has tables of its own, with the same contents.
  void CopyEntries(const Table& from, Table& to) {
    for (const Table::Entry& entry : from.entries)
      to.Set(entry.id, entry.key, Copy(entry.value, false));
  }

  UnsetTensors& unset_;
  bool deep_;
  std::unordered_map<const void*, at::Tensor> tensors_;
  std::unordered_map<const void*, std::shared_ptr<List>> lists_;
  std::unordered_map<const Tuple*, std::shared_ptr<Tuple>> tuples_;
  std::unordered_map<const void*, std::shared_ptr<Table>> tables_;
  std::unordered_map<const void*, std::shared_ptr<Instance>> instances_;
};

}  // namespace

absl::StatusOr<Value> CopyOf(Interpreter& interpreter, const Value& value, bool deep) {
  if (ListInGraph(value) != nullptr) return ListOfAll(interpreter, value);
  return Copier(interpreter.unset_tensors(), deep).Copy(value, true);
}

}  // namespace sconce::python
