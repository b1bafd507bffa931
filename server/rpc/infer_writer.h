// A ModelInferResponse as gRPC sends it, without the copies of protobuf's own serializer: large
// outputs are referred to where they lie, small ones are copied into the slices between them.

#ifndef SCONCE_SERVER_RPC_INFER_WRITER_H_
#define SCONCE_SERVER_RPC_INFER_WRITER_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/runtime/value.h"

namespace sconce {

// Outputs from this size on are referred to: below it a reference costs more than the copy.
inline constexpr size_t kReferredBytes = 4096;

struct ResponseHeader {
  std::string model_name;
  int64_t model_version = 0;
  std::string id;
};

// `names`: the outputs that were asked for, in that order; none means all. The buffer keeps the
// memory of large outputs alive and nobody writes to it any more (see Executable::Run).
// INVALID_ARGUMENT: the model has no such output; the message names those it has.
// RESOURCE_EXHAUSTED: the answer is larger than `max_bytes`.
absl::StatusOr<grpc::ByteBuffer> WriteInferResponse(const ResponseHeader& header,
                                                    std::vector<NamedValue> outputs,
                                                    const std::vector<std::string>& names,
                                                    size_t max_bytes);

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_INFER_WRITER_H_
