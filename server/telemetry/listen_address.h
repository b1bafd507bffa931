// "HOST:PORT", as --http and --grpc take it.

#ifndef SCONCE_SERVER_TELEMETRY_LISTEN_ADDRESS_H_
#define SCONCE_SERVER_TELEMETRY_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"

namespace sconce {

struct ListenAddress {
  std::string host;  // without the brackets of an IPv6 address
  int port = 0;      // 0: any free one
};

// INVALID_ARGUMENT says what is wrong and shows the form: "127.0.0.1:8002", "[::1]:8002".
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text);

// "127.0.0.1:8002", "[::1]:8002".
std::string ToString(const ListenAddress& address);

}  // namespace sconce

#endif  // SCONCE_SERVER_TELEMETRY_LISTEN_ADDRESS_H_
