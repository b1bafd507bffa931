#include "server/telemetry/listen_address.h"

#include <charconv>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

absl::Status Wrong(const std::string& text, const char* what) {
  return absl::InvalidArgumentError(
      absl::StrFormat("\"%s\" is no address to listen on: %s; write HOST:PORT, such as "
                      "127.0.0.1:8002 or [::1]:8002",
                      text, what));
}

}  // namespace

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return Wrong(text, "the port is missing");
  std::string host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of("[]:") != std::string::npos) {
    return Wrong(text, "an IPv6 address goes in brackets");
  }
  if (host.empty()) return Wrong(text, "the host is missing");
  if (host.find_first_of(" \t\r\n/") != std::string::npos) {
    return Wrong(text, "the host holds a character that no host has");
  }
  const char* begin = text.data() + colon + 1;
  const char* end = text.data() + text.size();
  int port = -1;
  const auto parsed = std::from_chars(begin, end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end || port < 0 || port > 65535) {
    return Wrong(text, "the port is not a number from 0 to 65535");
  }
  return ListenAddress{host, port};
}

std::string ToString(const ListenAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return is_ipv6 ? absl::StrFormat("[%s]:%d", address.host, address.port)
                 : absl::StrFormat("%s:%d", address.host, address.port);
}

}  // namespace sconce
