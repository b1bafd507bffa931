#include "server/frontend/python_source/interpreter/same_value.h"

#include <memory>
#include <type_traits>

#include "server/frontend/python_source/interpreter/stack_guard.h"

namespace sconce::python {
namespace {

template <typename T>
bool SameHeld(const T& a, const T& b) {
  return a == b;  // numbers, texts, devices; of objects the identity
}
bool SameHeld(const None&, const None&) { return true; }
bool SameHeld(const EllipsisValue&, const EllipsisValue&) { return true; }
bool SameHeld(const Dtype& a, const Dtype& b) { return a.type == b.type; }
bool SameHeld(const TensorValue& a, const TensorValue& b) {
  return a.tensor.unsafeGetTensorImpl() == b.tensor.unsafeGetTensorImpl();
}
bool SameHeld(const Symbol& a, const Symbol& b) { return a.value == b.value; }
bool SameHeld(const Dict& a, const Dict& b) { return a.table == b.table; }
bool SameHeld(const Set& a, const Set& b) { return a.table == b.table; }
bool SameHeld(const std::shared_ptr<Tuple>& a, const std::shared_ptr<Tuple>& b) {
  if (a == b) return true;
  if (a->type != b->type || a->items.size() != b->items.size()) return false;
  for (size_t i = 0; i < a->items.size(); ++i) {
    if (!IsSame(a->items[i], b->items[i])) return false;
  }
  return true;
}

}  // namespace

bool IsSame(const Value& a, const Value& b) {
  if (a.index() != b.index() || StackGuard::IsLow()) return false;
  return std::visit(
      [&](const auto& held) { return SameHeld(held, std::get<std::decay_t<decltype(held)>>(b)); },
      a);
}

}  // namespace sconce::python
