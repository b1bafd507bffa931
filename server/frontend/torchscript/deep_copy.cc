#include "server/frontend/torchscript/deep_copy.h"

#include <ATen/Functions.h>
#include <ATen/core/Dict.h>
#include <ATen/core/List.h>
#include <ATen/core/class_type.h>
#include <ATen/core/jit_type.h>

#include <utility>
#include <vector>

namespace sconce {
namespace {

bool HasPlainStorage(const at::Tensor& tensor) {
  return tensor.layout() == at::kStrided && !tensor.is_quantized() && tensor.has_storage();
}

c10::Storage CopyStorage(const at::Tensor& tensor) {
  const auto options = tensor.options().dtype(at::kByte).requires_grad(false);
  const auto bytes = static_cast<int64_t>(tensor.storage().nbytes());
  const at::Tensor view = at::empty({0}, options).set_(tensor.storage(), 0, {bytes}, {1});
  return view.clone().storage();
}

}  // namespace

at::Tensor DeepCopy::CopyTensor(const at::Tensor& tensor) {
  if (!tensor.defined()) return tensor;
  if (!HasPlainStorage(tensor)) return tensor.detach().clone();
  const void* key = tensor.storage().unsafeGetStorageImpl();
  auto found = storages_.find(key);
  if (found == storages_.end()) found = storages_.emplace(key, CopyStorage(tensor)).first;
  return at::empty({0}, tensor.options().requires_grad(false))
      .set_(found->second, tensor.storage_offset(), tensor.sizes(), tensor.strides());
}

c10::IValue DeepCopy::CopyList(const c10::IValue& value) {
  const auto list = value.toList();
  c10::impl::GenericList copy(list.elementType());
  copy.reserve(list.size());
  done_.emplace(value.internalToPointer(), copy);
  for (size_t i = 0; i < list.size(); ++i) copy.push_back(Copy(list.get(i)));
  return copy;
}

c10::IValue DeepCopy::CopyDict(const c10::IValue& value) {
  const auto dict = value.toGenericDict();
  c10::impl::GenericDict copy(dict.keyType(), dict.valueType());
  done_.emplace(value.internalToPointer(), copy);
  for (const auto& item : dict) copy.insert(Copy(item.key()), Copy(item.value()));
  return copy;
}

c10::IValue DeepCopy::CopyTuple(const c10::IValue& value) {
  const auto tuple = value.toTuple();
  std::vector<c10::IValue> elements;
  elements.reserve(tuple->elements().size());
  for (const c10::IValue& element : tuple->elements()) elements.push_back(Copy(element));
  // Keeps the field names of a named tuple.
  return c10::ivalue::Tuple::createNamed(std::move(elements), tuple->type<c10::TupleType>());
}

c10::IValue DeepCopy::CopyObject(const c10::IValue& value) {
  const auto object = value.toObject();
  const auto copy = c10::ivalue::Object::create(
      c10::StrongTypePtr(object->compilation_unit(), object->type()), object->slots().size());
  done_.emplace(value.internalToPointer(), copy);
  for (size_t i = 0; i < object->slots().size(); ++i) copy->setSlot(i, Copy(object->getSlot(i)));
  return copy;
}

c10::IValue DeepCopy::Copy(const c10::IValue& value) {
  const bool by_identity =
      value.isTensor() || value.isList() || value.isGenericDict() || value.isObject();
  if (by_identity) {
    const auto found = done_.find(value.internalToPointer());
    if (found != done_.end()) return found->second;
  }
  if (value.isTensor()) {
    c10::IValue copy = CopyTensor(value.toTensor());
    done_.emplace(value.internalToPointer(), copy);
    return copy;
  }
  if (value.isList()) return CopyList(value);
  if (value.isGenericDict()) return CopyDict(value);
  if (value.isTuple()) return CopyTuple(value);
  if (value.isObject() && !value.isCustomClass()) return CopyObject(value);
  return value;
}

}  // namespace sconce
