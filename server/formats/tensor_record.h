// What a pickle says about a tensor: its type, its shape, and where in which storage it lies. Every
// number is checked here, before anyone makes a tensor of it.

#ifndef SCONCE_SERVER_FORMATS_TENSOR_RECORD_H_
#define SCONCE_SERVER_FORMATS_TENSOR_RECORD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/pickle.h"
#include "server/formats/torch_dtype.h"

namespace sconce {

struct StorageRecord {
  std::string key;       // names the zip entry: "data/KEY"
  std::string location;  // where it was when saved: "cpu", "cuda:0"
  uint64_t bytes = 0;    // as the pickle claims
};

struct TensorRecord {
  StorageRecord storage;
  const TorchDtype* dtype = nullptr;
  uint64_t offset = 0;  // in elements
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;
  uint64_t elements = 0;
};

// Whether `value` is a call that, in Python, would make a tensor or a parameter.
bool IsTensor(const PickleValue& value);

// FAILED_PRECONDITION: a kind of tensor that is not read (sparse, meta, subclass); the message
// names it. INVALID_ARGUMENT: it reaches outside its storage, or its numbers make no sense.
absl::StatusOr<TensorRecord> ReadTensorRecord(const PickleValue& value);

// The argument of a reference to a storage.
absl::StatusOr<StorageRecord> ReadStorageRecord(const PickleValue& reference,
                                                const TorchDtype** dtype);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TENSOR_RECORD_H_
