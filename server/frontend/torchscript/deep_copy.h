// Copies of TorchScript values that keep their aliases: two views of one storage become two views
// of one new storage (IValue::deepcopy would tear them apart).

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_DEEP_COPY_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_DEEP_COPY_H_

#include <ATen/core/ivalue.h>
#include <c10/core/Storage.h>

#include <unordered_map>

namespace sconce {

// One copying operation; aliases are kept between all values that it copies. LibTorch's exceptions
// (out of memory) come through. Confined to one thread.
class DeepCopy {
 public:
  // Tensors, lists, dicts, tuples and objects of script classes; all else is immutable, or weights
  // packed by native code, and is shared.
  c10::IValue Copy(const c10::IValue& value);

 private:
  at::Tensor CopyTensor(const at::Tensor& tensor);
  c10::IValue CopyList(const c10::IValue& value);
  c10::IValue CopyDict(const c10::IValue& value);
  c10::IValue CopyTuple(const c10::IValue& value);
  c10::IValue CopyObject(const c10::IValue& value);

  std::unordered_map<const void*, c10::IValue> done_;       // by identity of the original
  std::unordered_map<const void*, c10::Storage> storages_;  // by StorageImpl of the original
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_DEEP_COPY_H_
