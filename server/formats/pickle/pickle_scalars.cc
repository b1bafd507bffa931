// PickleMachine's instructions for numbers and text.

#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/pickle_machine.h"
#include "server/formats/text/utf8.h"

namespace sconce {
namespace {

std::optional<int64_t> ParseInt(std::string_view text) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Python's "raw-unicode-escape": Latin-1 with \uXXXX and \UXXXXXXXX.
std::optional<std::string> DecodeRawUnicode(std::string_view line) {
  std::string out;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool escaped = line[i] == '\\' && i + 1 < line.size();
    const size_t digits = !escaped ? 0 : line[i + 1] == 'u' ? 4 : line[i + 1] == 'U' ? 8 : 0;
    if (digits == 0) {
      AppendUtf8(static_cast<uint8_t>(line[i]), out);
      continue;
    }
    const std::string_view hex = line.substr(i + 2, digits);
    uint32_t code = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
    if (hex.size() != digits || error != std::errc() || end != hex.data() + digits ||
        code > 0x10ffff) {
      return std::nullopt;
    }
    AppendUtf8(code, out);
    i += 1 + digits;
  }
  return out;
}

}  // namespace

absl::Status PickleMachine::PushInt(int64_t value) {
  const bool small = value >= 0 && value < static_cast<int64_t>(small_ints_.size());
  if (small && small_ints_[value] != nullptr) return Push(small_ints_[value]);
  SCONCE_ASSIGN_OR_RETURN(PickleValue * made, New(PickleKind::kInt));
  made->integer = value;
  if (small) small_ints_[value] = made;
  return Push(made);
}

absl::Status PickleMachine::PushLong(std::string_view bytes) {
  if (bytes.size() > sizeof(int64_t)) return PushNew(PickleKind::kBigInt, bytes);
  const bool negative = !bytes.empty() && static_cast<uint8_t>(bytes.back()) >= 0x80;
  uint64_t value = negative ? ~uint64_t{0} : 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return PushInt(static_cast<int64_t>(value));
}

absl::Status PickleMachine::None() {
  if (none_ == nullptr) {
    SCONCE_ASSIGN_OR_RETURN(none_, New(PickleKind::kNone));
  }
  return Push(none_);
}

template <bool kValue>
absl::Status PickleMachine::Bool() {
  if (bools_[kValue] == nullptr) {
    SCONCE_ASSIGN_OR_RETURN(PickleValue * made, New(PickleKind::kBool));
    made->integer = kValue;
    bools_[kValue] = made;
  }
  return Push(bools_[kValue]);
}

absl::Status PickleMachine::IntLine() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view line, Line());
  if (line == "00") return Bool<false>();
  if (line == "01") return Bool<true>();
  const auto value = ParseInt(line);
  return value ? PushInt(*value) : Error("has an integer that is no number");
}

absl::Status PickleMachine::LongLine() {
  SCONCE_ASSIGN_OR_RETURN(std::string_view line, Line());
  if (!line.empty() && line.back() == 'L') line.remove_suffix(1);
  const auto value = ParseInt(line);
  if (value) return PushInt(*value);
  if (line.find_first_not_of("+-0123456789") != std::string_view::npos || line.empty()) {
    return Error("has an integer that is no number");
  }
  SCONCE_RETURN_IF_ERROR(PushNew(PickleKind::kBigInt, line));
  return MarkOtherForm();
}

absl::Status PickleMachine::BinInt() {
  const auto value = reader_.ReadU32();
  return value ? PushInt(static_cast<int32_t>(*value)) : Truncated();
}

template <int kBytes>
absl::Status PickleMachine::UnsignedInt() {
  SCONCE_ASSIGN_OR_RETURN(const uint64_t value, Length(kBytes));
  return PushInt(static_cast<int64_t>(value));
}

template <int kLengthBytes>
absl::Status PickleMachine::Long() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view bytes, Counted(kLengthBytes));
  return PushLong(bytes);
}

absl::Status PickleMachine::FloatLine() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view line, Line());
  double real = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), real);
  if (error == std::errc::invalid_argument || end != line.data() + line.size()) {
    return Error("has a float that is no number");
  }
  SCONCE_ASSIGN_OR_RETURN(PickleValue * made, New(PickleKind::kFloat));
  made->real = real;
  return Push(made);
}

absl::Status PickleMachine::BinFloat() {
  const auto bytes = reader_.ReadBytes(sizeof(double));
  if (!bytes) return Truncated();
  uint64_t bits = 0;
  for (const char byte : *bytes) bits = bits << 8 | static_cast<uint8_t>(byte);  // big-endian
  SCONCE_ASSIGN_OR_RETURN(PickleValue * made, New(PickleKind::kFloat));
  std::memcpy(&made->real, &bits, sizeof(bits));
  return Push(made);
}

absl::Status PickleMachine::StringLine() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view line, Line(reader_.remaining()));
  const bool quoted =
      line.size() >= 2 && line.front() == line.back() && (line[0] == '\'' || line[0] == '"');
  std::string text;
  if (!quoted || !absl::CUnescape(std::string(line.substr(1, line.size() - 2)), &text)) {
    return Error("has a string without quotes or with a broken escape");
  }
  return PushNew(PickleKind::kString, Keep(std::move(text)));
}

absl::Status PickleMachine::UnicodeLine() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view line, Line(reader_.remaining()));
  auto text = DecodeRawUnicode(line);
  if (!text) return Error("has a string with a broken escape");
  return PushNew(PickleKind::kString, Keep(*std::move(text)));
}

template <int kLengthBytes>
absl::Status PickleMachine::String() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view text, Counted(kLengthBytes));
  return PushNew(PickleKind::kString, text);
}

template <int kLengthBytes>
absl::Status PickleMachine::Bytes() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view text, Counted(kLengthBytes));
  return PushNew(PickleKind::kBytes, text);
}

absl::Status PickleMachine::ByteArray() {
  SCONCE_RETURN_IF_ERROR(Bytes<8>());
  return MarkOtherForm();
}

void PickleMachine::AddScalars(std::array<Handler, 256>& table) {
  table['N'] = &PickleMachine::None;
  table[0x88] = &PickleMachine::Bool<true>;
  table[0x89] = &PickleMachine::Bool<false>;
  table['I'] = &PickleMachine::IntLine;
  table['L'] = &PickleMachine::LongLine;
  table['J'] = &PickleMachine::BinInt;
  table['K'] = &PickleMachine::UnsignedInt<1>;
  table['M'] = &PickleMachine::UnsignedInt<2>;
  table[0x8a] = &PickleMachine::Long<1>;
  table[0x8b] = &PickleMachine::Long<4>;
  table['F'] = &PickleMachine::FloatLine;
  table['G'] = &PickleMachine::BinFloat;
  table['S'] = &PickleMachine::StringLine;
  table['V'] = &PickleMachine::UnicodeLine;
  table['T'] = &PickleMachine::String<4>;
  table['U'] = &PickleMachine::String<1>;
  table['X'] = &PickleMachine::String<4>;
  table[0x8c] = &PickleMachine::String<1>;
  table[0x8d] = &PickleMachine::String<8>;
  table['B'] = &PickleMachine::Bytes<4>;
  table['C'] = &PickleMachine::Bytes<1>;
  table[0x8e] = &PickleMachine::Bytes<8>;
  table[0x96] = &PickleMachine::ByteArray;
}

}  // namespace sconce
