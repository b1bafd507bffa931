#include "server/frontend/python_source/interpreter/key.h"

#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

// Of a tuple, which can hold itself doubled any number of times.
constexpr size_t kLongestKey = size_t{1} << 20;

template <typename T>
bool AddIdentity(const Value& value, std::string& key) {
  const T* object = ObjectOf<T>(value);
  if (object == nullptr) return false;
  key = absl::StrFormat("o%p", static_cast<const void*>(object));
  return true;
}

}  // namespace

absl::StatusOr<std::string> KeyOf(const Value& given) {
  const Value& value = Plain(given);
  if (StackGuard::IsLow()) return Raised("RecursionError", "a key that nests too deeply");
  if (const auto* text = std::get_if<std::string>(&value)) return NameKey(*text);
  if (Is<None>(value)) return std::string("n");
  if (IsKnownNumber(value)) {
    const double number = NumberOf(value);
    if (const auto* integer = std::get_if<int64_t>(&value)) return absl::StrFormat("i%d", *integer);
    if (number == std::floor(number) && std::abs(number) < 9e15) {
      return absl::StrFormat("i%d", static_cast<int64_t>(number));
    }
    return absl::StrFormat("f%.17g", number);
  }
  if (const auto* dtype = std::get_if<Dtype>(&value)) {
    return absl::StrFormat("d%d", static_cast<int>(dtype->type));
  }
  if (const auto* tensor = std::get_if<TensorValue>(&value)) {
    return absl::StrFormat("o%p", static_cast<const void*>(tensor->tensor.unsafeGetTensorImpl()));
  }
  const Tuple* tuple = ObjectOf<Tuple>(value);
  const List* list = ObjectOf<List>(value);
  if (tuple != nullptr || (list != nullptr && list->passes_for_tuple)) {
    std::string key = "t(";
    for (const Value& item : tuple != nullptr ? tuple->items : list->items) {
      SCONCE_ASSIGN_OR_RETURN(const std::string part, KeyOf(item));
      key += absl::StrFormat("%d:%s,", part.size(), part);
      if (key.size() > kLongestKey) return Raised("MemoryError", "a key that is too long");
    }
    return key;
  }
  std::string key;
  if (AddIdentity<Function>(value, key) || AddIdentity<Class>(value, key) ||
      AddIdentity<Instance>(value, key) || AddIdentity<Builtin>(value, key) ||
      AddIdentity<Namespace>(value, key)) {
    return key;
  }
  return Raised("TypeError", absl::StrFormat("%s can't be a key of a dict", Describe(value)));
}

}  // namespace sconce::python
