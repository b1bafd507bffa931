#include "server/frontend/python_source/syntax/literals.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "server/formats/text/utf8.h"

namespace sconce::python {
namespace {

// Underscores stand only between digits (and behind "0x").
bool UnderscoresFit(std::string_view text, bool behind_base) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') continue;
    const bool after = i == 0 ? behind_base : absl::ascii_isxdigit(text[i - 1]);
    if (!after || i + 1 == text.size() || !absl::ascii_isxdigit(text[i + 1])) return false;
  }
  return true;
}

std::string WithoutUnderscores(std::string_view text) {
  std::string digits(text);
  digits.erase(std::remove(digits.begin(), digits.end(), '_'), digits.end());
  return digits;
}

int DigitValue(char c) {
  if (absl::ascii_isdigit(c)) return c - '0';
  const char lower = absl::ascii_tolower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 99;
}

NumberLiteral ParseDigits(std::string_view text, int base) {
  if (!UnderscoresFit(text, base != 10)) return LiteralProblem::kMalformed;
  const std::string digits = WithoutUnderscores(text);
  if (digits.empty()) return LiteralProblem::kMalformed;
  // 0777 was octal in Python 2 and is nothing now.
  if (base == 10 && digits[0] == '0' && digits.find_first_not_of('0') != std::string::npos) {
    return LiteralProblem::kMalformed;
  }
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  int64_t value = 0;
  bool too_large = false;
  for (const char c : digits) {
    const int digit = DigitValue(c);
    if (digit >= base) return LiteralProblem::kMalformed;
    too_large = too_large || value > (kMost - digit) / base;
    if (!too_large) value = value * base + digit;
  }
  if (too_large) return LiteralProblem::kTooLarge;
  return IntLiteral{value};
}

NumberLiteral ParseFloat(std::string_view text, bool imaginary) {
  double value = 0;
  if (!UnderscoresFit(text, false) || !absl::SimpleAtod(WithoutUnderscores(text), &value)) {
    return LiteralProblem::kMalformed;
  }
  if (imaginary) return ComplexLiteral{value};
  return FloatLiteral{value};
}

// A backslash and what follows it. All methods consume from the front of `text`.
class Escape {
 public:
  Escape(std::string_view& text, bool bytes, std::string& out)
      : text_(text), bytes_(bytes), out_(out) {}

  std::optional<LiteralProblem> Append() {
    const char kind = text_.size() > 1 ? text_[1] : '\\';
    constexpr std::string_view kLetters = "\\'\"abfnrtv";
    constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
    if (kind == '\n') return Take(2);
    if (kind >= '0' && kind <= '7') return AppendOctal();
    if (kind == 'x') return AppendHex(2);
    if (!bytes_ && kind == 'u') return AppendHex(4);
    if (!bytes_ && kind == 'U') return AppendHex(8);
    if (!bytes_ && kind == 'N') return LiteralProblem::kNamedEscape;
    if (const size_t at = kLetters.find(kind); at != std::string_view::npos) {
      out_ += kMeanings[at];
      return Take(2);
    }
    out_ += '\\';  // no escape at all: both characters stay
    return Take(1);
  }

 private:
  std::optional<LiteralProblem> Take(size_t size) {
    text_.remove_prefix(std::min(size, text_.size()));
    return std::nullopt;
  }

  std::optional<LiteralProblem> AppendOctal() {
    uint32_t code = 0;
    size_t size = 1;
    for (; size < 4 && size < text_.size() && text_[size] >= '0' && text_[size] <= '7'; ++size) {
      code = code * 8 + static_cast<uint32_t>(text_[size] - '0');
    }
    AppendCode(code);
    return Take(size);
  }

  std::optional<LiteralProblem> AppendHex(size_t digits) {
    if (text_.size() < 2 + digits) return LiteralProblem::kMalformed;
    uint32_t code = 0;
    for (const char c : text_.substr(2, digits)) {
      if (!absl::ascii_isxdigit(c)) return LiteralProblem::kMalformed;
      code = code * 16 + static_cast<uint32_t>(DigitValue(c));
    }
    if (code > 0x10ffff) return LiteralProblem::kMalformed;
    AppendCode(code);
    return Take(2 + digits);
  }

  void AppendCode(uint32_t code) {
    if (bytes_) {
      out_ += static_cast<char>(code);
    } else {
      AppendUtf8(code, out_);
    }
  }

  std::string_view& text_;
  const bool bytes_;
  std::string& out_;
};

}  // namespace

NumberLiteral ParseNumber(std::string_view text) {
  if (text.empty()) return LiteralProblem::kMalformed;
  if (text.size() > 1 && text[0] == '0' && absl::ascii_isalpha(text[1])) {
    const char letter = absl::ascii_tolower(text[1]);
    if (letter == 'x') return ParseDigits(text.substr(2), 16);
    if (letter == 'o') return ParseDigits(text.substr(2), 8);
    if (letter == 'b') return ParseDigits(text.substr(2), 2);
  }
  const bool imaginary = absl::ascii_tolower(text.back()) == 'j';
  if (imaginary) text.remove_suffix(1);
  if (imaginary || text.find_first_of(".eE") != std::string_view::npos) {
    return ParseFloat(text, imaginary);
  }
  return ParseDigits(text, 10);
}

std::optional<StringPrefix> ParseStringPrefix(std::string_view letters) {
  std::string lower(letters);
  absl::AsciiStrToLower(&lower);
  std::sort(lower.begin(), lower.end());
  for (const char* known : {"", "u", "r", "b", "f", "br", "fr"}) {
    if (lower != known) continue;
    const auto has = [&](char letter) { return lower.find(letter) != std::string::npos; };
    return StringPrefix{.raw = has('r'), .bytes = has('b'), .formatted = has('f')};
  }
  return std::nullopt;
}

std::optional<LiteralProblem> AppendLiteral(std::string_view text, StringPrefix prefix,
                                            std::string& out) {
  while (!text.empty()) {
    const char c = text[0];
    if (c == '\\' && !prefix.raw) {
      if (auto problem = Escape(text, prefix.bytes, out).Append()) return problem;
      continue;
    }
    if (prefix.bytes && !absl::ascii_isascii(c)) return LiteralProblem::kNotAscii;
    if (prefix.formatted && (c == '{' || c == '}')) {
      if (text.size() < 2 || text[1] != c) return LiteralProblem::kMalformed;
      text.remove_prefix(1);
    }
    out += c;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

}  // namespace sconce::python
