// InferReader: a ModelInferRequest as it came over the wire, without the copies of protobuf's own
// parser. Raw tensor bytes go once, straight from the received slices, to where LibTorch wants
// them; the rest of the message is small and is read by generated code.

#ifndef SCONCE_SERVER_RPC_INFER_READER_H_
#define SCONCE_SERVER_RPC_INFER_READER_H_

#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/inference/grpc_service.pb.h"
#include "server/rpc/request_layout.h"
#include "server/runtime/value.h"

namespace sconce {

// Confined to one thread.
class InferReader {
 public:
  // Refers to the message's slices as long as it lives. INVALID_ARGUMENT: not a ModelInferRequest,
  // or one that asks for something Sconce does not have (shared memory, classification).
  static absl::StatusOr<InferReader> Open(const grpc::ByteBuffer& message);

  const std::string& model_name() const { return header_->model_name(); }
  const std::string& model_version() const { return header_->model_version(); }
  const std::string& id() const { return header_->id(); }
  // The request parameter "method"; "" when absent.
  const std::string& method() const;
  // Requested outputs in the order of the request; none means all.
  std::vector<std::string> OutputNames() const;

  // INVALID_ARGUMENT: the message names the input, what was found and what was expected.
  absl::StatusOr<std::vector<NamedValue>> ReadInputs() const;

 private:
  InferReader() = default;
  absl::Status Parse(const grpc::ByteBuffer& message);
  absl::Status ParseUnusual(const grpc::ByteBuffer& message);
  bool ParseRest();
  absl::StatusOr<std::vector<NamedValue>> ReadRawInputs() const;

  std::vector<grpc::Slice> slices_;
  RequestLayout layout_;
  std::unique_ptr<inference::ModelInferRequest> header_;  // without raw_input_contents
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_INFER_READER_H_
