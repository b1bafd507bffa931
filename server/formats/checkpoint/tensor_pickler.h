// Stored tensors as torch.save pickles them: calls that build them over numbered storages.
// Format: torch/_utils.py (_rebuild_tensor_v2, _v3, _rebuild_parameter), torch/serialization.py
// (persistent_id in _save).

#ifndef SCONCE_SERVER_FORMATS_CHECKPOINT_TENSOR_PICKLER_H_
#define SCONCE_SERVER_FORMATS_CHECKPOINT_TENSOR_PICKLER_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/formats/io/storage_bytes.h"
#include "server/formats/pickle/pickle_builder.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

// Numbers storages in the order they are met. Confined to one thread.
class TensorPickler {
 public:
  // The builder outlives what this makes.
  explicit TensorPickler(PickleBuilder& builder) : builder_(builder) {}

  const PickleValue* Tensor(const StoredTensor& tensor, bool requires_grad);
  const PickleValue* Parameter(const StoredTensor& tensor);

  // A reference to a storage of class "FloatStorage" with elements of that many bytes. torch.load
  // knows a storage by one class only; one that is asked for under two is written twice.
  const PickleValue* Storage(const std::shared_ptr<const StorageBytes>& bytes,
                             std::string_view storage_class, uint64_t element_size);

  // By number.
  const std::vector<std::shared_ptr<const StorageBytes>>& storages() const { return storages_; }

 private:
  PickleBuilder& builder_;
  std::vector<std::shared_ptr<const StorageBytes>> storages_;
  std::map<std::pair<const StorageBytes*, std::string>, size_t> numbers_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_CHECKPOINT_TENSOR_PICKLER_H_
