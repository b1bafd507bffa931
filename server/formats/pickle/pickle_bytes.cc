#include "server/formats/pickle/pickle_bytes.h"

#include <string_view>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

absl::Status NoBytes(const PickleValue& value) {
  return absl::InvalidArgumentError(
      absl::StrFormat("%s stands where bytes are expected", DescribePickleValue(value)));
}

// Code points up to 255, of which UTF-8 makes one or two bytes.
absl::StatusOr<std::string> Latin1FromUtf8(const PickleValue& text) {
  std::string bytes;
  bytes.reserve(text.text.size());
  for (size_t i = 0; i < text.text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text.text[i]);
    if (first < 0x80) {
      bytes.push_back(static_cast<char>(first));
      continue;
    }
    const auto second = i + 1 < text.text.size() ? static_cast<unsigned char>(text.text[++i]) : 0u;
    if ((first != 0xc2 && first != 0xc3) || (second & 0xc0) != 0x80) return NoBytes(text);
    bytes.push_back(static_cast<char>(first << 6 | (second & 0x3f)));
  }
  return bytes;
}

bool IsBytesClass(const PickleValue& value) {
  for (const char* name :
       {"builtins.bytes", "__builtin__.bytes", "builtins.bytearray", "__builtin__.bytearray"}) {
    if (value.IsCallOf(name)) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<std::string> DecodeBytes(const PickleValue& value) {
  if (value.Is(PickleKind::kBytes) || value.Is(PickleKind::kString)) return std::string(value.text);
  const bool encode = value.IsCallOf("_codecs.encode");
  if (!encode && !IsBytesClass(value)) return NoBytes(value);
  const auto& arguments = value.items[1]->items;
  if (!encode && arguments.empty()) return std::string();
  if (!encode && arguments.size() == 1 && arguments[0]->Is(PickleKind::kBytes)) {
    return std::string(arguments[0]->text);
  }
  const bool latin1 = arguments.size() == 2 && arguments[0]->Is(PickleKind::kString) &&
                      arguments[1]->Is(PickleKind::kString) &&
                      (arguments[1]->text == "latin1" || arguments[1]->text == "latin-1");
  if (!latin1) return NoBytes(value);
  return Latin1FromUtf8(*arguments[0]);
}

}  // namespace sconce
