// Methods of str.

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/builtins/arguments.h"
#include "server/frontend/python_source/builtins/methods.h"
#include "server/frontend/python_source/interpreter/characters.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/text.h"

namespace sconce::python {
namespace {

using Result = absl::StatusOr<Value>;
using TextMethod = Result (*)(Interpreter&, const std::string&, Arguments);

absl::StatusOr<std::string> TextOf(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return Raised("TypeError", "a str is expected");
}

Result Lower(Interpreter&, const std::string& text, Arguments) {
  return absl::AsciiStrToLower(text);
}
Result Upper(Interpreter&, const std::string& text, Arguments) {
  return absl::AsciiStrToUpper(text);
}
Result StripSides(const std::string& text, Arguments arguments, bool left, bool right) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("strip", std::move(arguments), {"chars"}, 0));
  std::string chars = " \t\n\r\v\f";
  if (taken[0].has_value() && !Is<None>(*taken[0])) {
    const auto* given = std::get_if<std::string>(&*taken[0]);
    if (given == nullptr) return Raised("TypeError", "strip() takes a str");
    chars = *given;
  }
  const size_t first = left ? text.find_first_not_of(chars) : 0;
  if (first == std::string::npos) return std::string();
  const size_t last = right ? text.find_last_not_of(chars) : text.size();
  if (last == std::string::npos) return std::string();
  return text.substr(first, right ? last - first + 1 : std::string::npos);
}
Result Strip(Interpreter&, const std::string& text, Arguments arguments) {
  return StripSides(text, std::move(arguments), true, true);
}
Result StripLeft(Interpreter&, const std::string& text, Arguments arguments) {
  return StripSides(text, std::move(arguments), true, false);
}
Result StripRight(Interpreter&, const std::string& text, Arguments arguments) {
  return StripSides(text, std::move(arguments), false, true);
}
Result Capitalize(Interpreter&, const std::string& text, Arguments) {
  std::string result = absl::AsciiStrToLower(text);
  if (!result.empty()) result[0] = absl::ascii_toupper(static_cast<unsigned char>(result[0]));
  return result;
}
Result IsDigit(Interpreter&, const std::string& text, Arguments) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

// What is beyond ASCII passes for letters.
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<signed char>(c) < 0;
}
bool IsDecimal(char c) { return c >= '0' && c <= '9'; }

Result IsAlphanumeric(Interpreter&, const std::string& text, Arguments) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLetter(c) || IsDecimal(c); });
}

Result IsAlphabetic(Interpreter&, const std::string& text, Arguments) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsLetter);
}

Result IsIdentifier(Interpreter&, const std::string& text, Arguments) {
  return !text.empty() && !IsDecimal(text[0]) && std::all_of(text.begin(), text.end(), [](char c) {
    return IsLetter(c) || IsDecimal(c) || c == '_';
  });
}

// Of a str, or of a tuple of them.
Result Affix(const Value& affixes, const std::function<bool(const std::string&)>& fits) {
  std::vector<Value> each = {affixes};
  if (const Tuple* tuple = ObjectOf<Tuple>(affixes)) each = tuple->items;
  for (const Value& affix : each) {
    SCONCE_ASSIGN_OR_RETURN(const std::string text, TextOf(affix));
    if (fits(text)) return true;
  }
  return false;
}

Result StartsWith(Interpreter&, const std::string& text, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("startswith", std::move(arguments), {"x"}, 1));
  return Affix(*taken[0], [&](const std::string& x) { return absl::StartsWith(text, x); });
}
Result EndsWith(Interpreter&, const std::string& text, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("endswith", std::move(arguments), {"x"}, 1));
  return Affix(*taken[0], [&](const std::string& x) { return absl::EndsWith(text, x); });
}

Result Replace(Interpreter& interpreter, const std::string& text, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("replace", std::move(arguments), {"old", "new"}, 2));
  SCONCE_ASSIGN_OR_RETURN(const std::string from, TextOf(*taken[0]));
  SCONCE_ASSIGN_OR_RETURN(const std::string to, TextOf(*taken[1]));
  if (from.empty()) return text;
  if (text.size() / from.size() * to.size() > interpreter.limits().items) {
    return Raised("MemoryError", "a longer text than Sconce makes");
  }
  return absl::StrReplaceAll(text, {{from, to}});
}

Result Split(Interpreter&, const std::string& text, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("split", std::move(arguments), {"sep", "max"}, 0));
  std::vector<std::string> parts;
  if (taken[0].has_value() && !Is<None>(*taken[0])) {
    SCONCE_ASSIGN_OR_RETURN(const std::string separator, TextOf(*taken[0]));
    const bool limited =
        taken[1].has_value() && Is<int64_t>(*taken[1]) && std::get<int64_t>(*taken[1]) >= 0;
    if (limited) {
      parts = absl::StrSplit(
          text, absl::MaxSplits(separator, static_cast<int>(std::get<int64_t>(*taken[1]))));
    } else {
      parts = absl::StrSplit(text, separator);
    }
  } else {
    parts = absl::StrSplit(text, absl::ByAnyChar(" \t\n\r\v\f"), absl::SkipEmpty());
  }
  std::vector<Value> values(parts.begin(), parts.end());
  return ListOf(std::move(values));
}

Result Title(Interpreter&, const std::string& text, Arguments) {
  std::string title = absl::AsciiStrToLower(text);
  bool starts = true;
  for (char& c : title) {
    if (starts) c = absl::ascii_toupper(static_cast<unsigned char>(c));
    starts = !absl::ascii_isalpha(static_cast<unsigned char>(c));
  }
  return title;
}

Result Join(Interpreter& interpreter, const std::string& text, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("join", std::move(arguments), {"items"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const auto items, interpreter.Iterate(*taken[0]));
  std::vector<std::string> parts;
  for (const Value& item : items) {
    SCONCE_ASSIGN_OR_RETURN(std::string part, TextOf(item));
    parts.push_back(std::move(part));
  }
  return absl::StrJoin(parts, text);
}

Result Format(Interpreter& interpreter, const std::string& text, Arguments arguments) {
  return FormatText(interpreter, text, arguments);
}

Result FindPart(Interpreter&, const std::string& text, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("find", std::move(arguments), {"x"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const std::string part, TextOf(*taken[0]));
  const size_t at = text.find(part);
  if (at == std::string::npos) return int64_t{-1};
  return static_cast<int64_t>(CountCharacters(std::string_view(text).substr(0, at)));
}

Result Count(Interpreter&, const std::string& text, Arguments arguments) {
  SCONCE_ASSIGN_OR_RETURN(auto taken, Take("count", std::move(arguments), {"x"}, 1));
  SCONCE_ASSIGN_OR_RETURN(const std::string part, TextOf(*taken[0]));
  int64_t count = 0;
  for (size_t at = 0; !part.empty() && (at = text.find(part, at)) != std::string::npos;
       at += part.size()) {
    ++count;
  }
  return count;
}

}  // namespace

absl::StatusOr<std::optional<Value>> FindTextMethod(const std::string& text,
                                                    const std::string& name) {
  static constexpr std::pair<const char*, TextMethod> kMethods[] = {{"lower", Lower},
                                                                    {"upper", Upper},
                                                                    {"strip", Strip},
                                                                    {"lstrip", StripLeft},
                                                                    {"rstrip", StripRight},
                                                                    {"capitalize", Capitalize},
                                                                    {"isdigit", IsDigit},
                                                                    {"startswith", StartsWith},
                                                                    {"endswith", EndsWith},
                                                                    {"replace", Replace},
                                                                    {"split", Split},
                                                                    {"join", Join},
                                                                    {"format", Format},
                                                                    {"find", FindPart},
                                                                    {"count", Count},
                                                                    {"isalnum", IsAlphanumeric},
                                                                    {"isdecimal", IsDigit},
                                                                    {"isnumeric", IsDigit},
                                                                    {"isalpha", IsAlphabetic},
                                                                    {"title", Title},
                                                                    {"isidentifier", IsIdentifier}};
  for (const auto& [known, method] : kMethods) {
    if (name != known) continue;
    return Native(name, [text, call = method](Interpreter& interpreter, Arguments arguments) {
      return call(interpreter, text, std::move(arguments));
    });
  }
  return std::nullopt;
}

}  // namespace sconce::python
