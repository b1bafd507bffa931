#include "server/telemetry/escape.h"

#include <cstddef>
#include <cstdint>

namespace sconce {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Character {
  uint32_t code = 0;
  size_t length = 0;  // 0: the first byte starts no valid character
};

// How many bytes the lead byte announces, and the smallest code that may need so many.
struct Lead {
  size_t length = 0;
  uint32_t minimum = 0;
  uint32_t bits = 0;
};

Lead ReadLead(uint8_t byte) {
  if (byte < 0x80) return {1, 0, byte};
  if ((byte & 0xE0) == 0xC0) return {2, 0x80, byte & 0x1Fu};
  if ((byte & 0xF0) == 0xE0) return {3, 0x800, byte & 0x0Fu};
  if ((byte & 0xF8) == 0xF0) return {4, 0x10000, byte & 0x07u};
  return {};
}

// Refuses overlong forms, surrogates and codes beyond Unicode, as the standard asks.
Character ReadCharacter(std::string_view text) {
  const Lead lead = ReadLead(static_cast<uint8_t>(text.front()));
  if (lead.length == 0 || lead.length > text.size()) return {};
  uint32_t code = lead.bits;
  for (size_t i = 1; i < lead.length; ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if ((byte & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte & 0x3Fu);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < lead.minimum || surrogate || code > 0x10FFFF) return {};
  return {code, lead.length};
}

bool BreaksLine(uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x2028 || code == 0x2029;
}

void AppendCode(std::string& out, uint32_t code) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(code >> shift) & 0xF];
}

void AppendEscapedCode(std::string& out, uint32_t code) {
  switch (code) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      AppendCode(out, code);
  }
}

}  // namespace

std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character character = ReadCharacter(text);
    const size_t length = character.length == 0 ? 1 : character.length;
    out += character.length == 0 ? kReplacement : text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

void AppendEscaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const Character character = ReadCharacter(text);
    const size_t length = character.length == 0 ? 1 : character.length;
    if (character.length == 0) {
      out += kReplacement;
    } else if (character.code == '"' || character.code == '\\' || BreaksLine(character.code)) {
      AppendEscapedCode(out, character.code);
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
}

}  // namespace sconce
