#include "server/runtime/python_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace sconce {
namespace {

std::string Digits(double value, std::chars_format format) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format);
  return std::string(text.data(), end.ptr);
}

// Python's repr of a float: the shortest digits that read back the same, with an exponent below
// 1e-4 and from 1e16 on.
std::string FloatText(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e16)) {
    return Digits(value, std::chars_format::scientific);
  }
  std::string text = Digits(value, std::chars_format::fixed);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string StringText(std::string_view value) {
  const bool single =
      value.find('\'') == std::string_view::npos || value.find('"') != std::string_view::npos;
  const char quote = single ? '\'' : '"';
  std::string text(1, quote);
  for (const char c : value) {
    if (c == quote || c == '\\') {
      text += absl::StrFormat("\\%c", c);
    } else if (c == '\n') {
      text += "\\n";
    } else if (c == '\t') {
      text += "\\t";
    } else if (c == '\r') {
      text += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      text += absl::StrFormat("\\x%02x", static_cast<unsigned char>(c));
    } else {
      text += c;
    }
  }
  return text + quote;
}

std::string ListText(c10::ArrayRef<c10::IValue> elements) {
  const auto append = [](std::string* out, const c10::IValue& element) {
    out->append(PythonText(element));
  };
  return absl::StrFormat("[%s]", absl::StrJoin(elements, ", ", append));
}

}  // namespace

std::string PythonText(const c10::IValue& value) {
  if (value.isNone()) return "None";
  if (value.isBool()) return value.toBool() ? "True" : "False";
  if (value.isInt()) return absl::StrFormat("%d", value.toInt());
  if (value.isDouble()) return FloatText(value.toDouble());
  if (value.isString()) return StringText(value.toStringRef());
  if (value.isList()) return ListText(value.toListRef());
  return "...";
}

}  // namespace sconce
