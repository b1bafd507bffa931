// The elements of a tensor in row-major order, wherever they lie in its storage.

#ifndef SCONCE_SERVER_FORMATS_TENSORS_CONTIGUOUS_BYTES_H_
#define SCONCE_SERVER_FORMATS_TENSORS_CONTIGUOUS_BYTES_H_

#include <memory>

#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

// The same tensor over a storage of its own that holds nothing else; itself when it has one. Reads
// when it is read, a few MiB at a time whatever the size, and only what it needs.
StoredTensor MakeContiguous(StoredTensor tensor);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TENSORS_CONTIGUOUS_BYTES_H_
