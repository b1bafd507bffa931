// absl::Status to grpc::Status: the codes are the same, the message has to fit into a trailer.

#ifndef SCONCE_SERVER_RPC_STATUS_H_
#define SCONCE_SERVER_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace sconce {

// gRPC peers drop trailers beyond 8 KiB, and the message with them. This many bytes of it, in the
// percent-encoded form of the wire, leave room for the rest.
inline constexpr size_t kMaxWireMessage = 4096;

grpc::Status ToGrpcStatus(const absl::Status& status);

// `message` as valid UTF-8 without control characters (line breaks and tabs stay), cut with a note
// of how much is missing when it is longer than kMaxWireMessage.
std::string WireMessage(std::string_view message);

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_STATUS_H_
