#include "server/rpc/status.h"

#include <cstdint>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

// Bytes of the UTF-8 character at the start of `text`; 0 when it is none. Overlong forms and
// surrogates are none.
size_t CharacterLength(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || length > text.size()) return 0;
  uint32_t code = first & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < kSmallest[length] || code > 0x10FFFF || surrogate ? 0 : length;
}

bool IsControl(char c) {
  return (static_cast<uint8_t>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F;
}

size_t EncodedLength(std::string_view character) {
  const bool plain = character.size() == 1 && character[0] >= 0x20 && character[0] != '%';
  return plain ? 1 : 3 * character.size();
}

}  // namespace

std::string WireMessage(std::string_view message) {
  std::string clean;
  size_t encoded = 0;
  for (size_t at = 0; at < message.size();) {
    const size_t length = CharacterLength(message.substr(at));
    std::string_view character = length == 0 ? "?" : message.substr(at, length);
    if (length == 1 && IsControl(character[0])) character = "?";
    encoded += EncodedLength(character);
    if (encoded > kMaxWireMessage) {
      return clean + absl::StrFormat(" ... (%d bytes more)", message.size() - at);
    }
    clean += character;
    at += length == 0 ? 1 : length;
  }
  return clean;
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::string_view message = status.message();
  return grpc::Status(static_cast<grpc::StatusCode>(status.raw_code()),
                      WireMessage({message.data(), message.size()}));
}

}  // namespace sconce
