#include "server/frontend/python_source/interpreter/unset_tensors.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace sconce::python {
namespace {

const c10::StorageImpl* MemoryOf(const at::Tensor& tensor) {
  return tensor.defined() && tensor.has_storage() ? tensor.storage().unsafeGetStorageImpl()
                                                  : nullptr;
}

bool IsWhole(const at::Tensor& tensor) {
  return tensor.has_storage() && tensor.nbytes() == tensor.storage().nbytes();
}

// Of these only the sizes of their arguments count.
bool ReadsNoValues(const std::string& name) {
  return absl::StrContains(name, "_like") || absl::StartsWith(name, "aten::new_");
}

// What a script draws is another each time, as long as no file holds it.
bool Draws(const std::string& name) {
  static constexpr const char* kNames[] = {
      "aten::rand",         "aten::randn",     "aten::randint",
      "aten::randperm",     "aten::rand_like", "aten::randn_like",
      "aten::randint_like", "aten::bernoulli", "aten::multinomial"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

// Sets all of its first argument from the others.
bool Overwrites(const std::string& name) {
  static constexpr const char* kNames[] = {"aten::copy_",   "aten::fill_",    "aten::zero_",
                                           "aten::normal_", "aten::uniform_", "aten::random_"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

bool UnsetTensors::Holds(const Value& value) const {
  const auto is_unset = [&](const Value& each) {
    const auto* read = std::get_if<TensorValue>(&each);
    return read != nullptr && Has(read->tensor);
  };
  const auto* items = KnownItems(value);
  return items == nullptr ? is_unset(value) : std::any_of(items->begin(), items->end(), is_unset);
}

void UnsetTensors::Add(const at::Tensor& tensor) {
  if (const c10::StorageImpl* memory = MemoryOf(tensor)) held_.emplace(memory, tensor);
}

bool UnsetTensors::Has(const at::Tensor& tensor) const { return held_.count(MemoryOf(tensor)) > 0; }

void UnsetTensors::Overwrite(const std::string& operator_name,
                             const std::vector<Value>& arguments) {
  const auto* tensor = arguments.empty() ? nullptr : std::get_if<TensorValue>(&arguments[0]);
  if (tensor == nullptr || tensor->is_parameter || !Overwrites(operator_name)) return;
  if (IsWhole(tensor->tensor)) held_.erase(MemoryOf(tensor->tensor));
}

void UnsetTensors::Follow(const std::string& operator_name, const std::vector<Value>& arguments,
                          const Value& result) {
  if (const Tuple* several = ObjectOf<Tuple>(result)) {  // values, indices
    for (const Value& item : several->items) {
      if (Is<TensorValue>(item)) Follow(operator_name, arguments, item);
    }
    return;
  }
  const auto* tensor = std::get_if<TensorValue>(&result);
  if (tensor == nullptr) return;
  if (absl::StartsWith(operator_name, "aten::empty") ||
      absl::StartsWith(operator_name, "aten::new_empty") || Draws(operator_name)) {
    Add(tensor->tensor);
    return;
  }
  if (ReadsNoValues(operator_name)) return;
  const size_t first = Overwrites(operator_name) ? 1 : 0;
  const bool unset = std::any_of(arguments.begin() + std::min(first, arguments.size()),
                                 arguments.end(), [&](const Value& value) { return Holds(value); });
  if (unset) {
    Add(tensor->tensor);
  } else if (first == 1) {
    if (IsWhole(tensor->tensor)) held_.erase(MemoryOf(tensor->tensor));
  }
}

}  // namespace sconce::python
