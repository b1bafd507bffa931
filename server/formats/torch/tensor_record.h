// What a pickle says about a tensor: its type, its shape, and where in which storage it lies. Every
// number is checked here, before anyone makes a tensor of it.

#ifndef SCONCE_SERVER_FORMATS_TORCH_TENSOR_RECORD_H_
#define SCONCE_SERVER_FORMATS_TORCH_TENSOR_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/tensors/torch_dtype.h"
#include "server/formats/torch/tensor_layout.h"

namespace sconce {

struct StorageRecord {
  // A storage that is part of another one, as PyTorch wrote it before 0.4.
  struct View {
    uint64_t offset = 0;  // in bytes
    uint64_t bytes = 0;
  };

  std::string key;                // names the zip entry: "data/KEY"
  std::string location;           // where it was when saved: "cpu", "cuda:0"
  uint64_t bytes = 0;             // as the pickle claims
  std::optional<View> view = {};  // lies within `bytes`
};

struct TensorRecord {
  StorageRecord storage;
  const TorchDtype* dtype = nullptr;
  uint64_t offset = 0;  // in elements
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;
  uint64_t elements = 0;
};

// Of a tensor over a storage that is not in the pickle. FAILED_PRECONDITION: a kind of tensor that
// is not read (sparse, meta, subclass); the message names it. INVALID_ARGUMENT: it reaches outside
// its storage, or its numbers make no sense.
absl::StatusOr<TensorRecord> ReadTensorRecord(const PickleValue& value);

// The argument of a reference to a storage.
absl::StatusOr<StorageRecord> ReadStorageRecord(const PickleValue& reference,
                                                const TorchDtype** dtype);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_TENSOR_RECORD_H_
