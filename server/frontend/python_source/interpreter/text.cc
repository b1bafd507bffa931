#include "server/frontend/python_source/interpreter/text.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/classes.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/interpreter/type_name.h"

namespace sconce::python {
namespace {

// The shortest digits that read back the same, as Python prints floats.
std::string FloatText(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  char digits[32];
  const double size = std::abs(number);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  const auto end = std::to_chars(digits, digits + sizeof(digits), number,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  std::string text(digits, end);
  if (plain && text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    if (c == '\n') {
      quoted += "\\n";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

absl::StatusOr<std::string> Joined(Interpreter& interpreter, const std::vector<Value>& items) {
  std::vector<std::string> texts;
  for (const Value& item : items) {
    SCONCE_ASSIGN_OR_RETURN(std::string text, interpreter.ToText(item, true));
    texts.push_back(std::move(text));
  }
  return absl::StrJoin(texts, ", ");
}

absl::StatusOr<std::string> TableText(Interpreter& interpreter, const Table& table, bool is_set) {
  std::vector<std::string> texts;
  for (const Table::Entry& entry : table.entries) {
    SCONCE_ASSIGN_OR_RETURN(std::string text, interpreter.ToText(entry.key, true));
    if (!is_set) {
      SCONCE_ASSIGN_OR_RETURN(const std::string value, interpreter.ToText(entry.value, true));
      text += ": " + value;
    }
    texts.push_back(std::move(text));
  }
  if (is_set && texts.empty()) return std::string("set()");
  return "{" + absl::StrJoin(texts, ", ") + "}";
}

absl::StatusOr<std::string> InstanceText(Interpreter& interpreter, const Value& value, bool repr) {
  const Instance& instance = *ObjectOf<Instance>(value);
  for (const char* name : {repr ? "__repr__" : "__str__", "__repr__"}) {
    const Value* method = FindInClass(*instance.type, name);
    if (method == nullptr) continue;
    SCONCE_ASSIGN_OR_RETURN(const Value text, interpreter.Call(*method, {{value}, {}}));
    if (const auto* known = std::get_if<std::string>(&text)) return *known;
  }
  if (instance.type->kind == NativeKind::kException) {
    const Value* arguments = instance.attributes->Get("args");
    const Tuple* args = arguments == nullptr ? nullptr : ObjectOf<Tuple>(*arguments);
    if (args == nullptr || args->items.empty()) return std::string();
    if (args->items.size() == 1) return interpreter.ToText(args->items[0], false);
    return interpreter.ToText(*arguments, true);
  }
  if (instance.type->kind == NativeKind::kEnum) {
    const auto* name = std::get_if<std::string>(&HeldBy(value, "name"));
    return absl::StrCat(instance.type->name, ".", name == nullptr ? "" : *name);
  }
  return instance.type->name + "(...)";
}

// [[fill]align][sign][#][0][width][,][.precision][type]
struct Spec {
  char fill = ' ';
  char align = 0;
  char sign = '-';
  size_t width = 0;
  bool commas = false;
  int precision = -1;
  char type = 0;
};

absl::StatusOr<Spec> ParseSpec(const std::string& text) {
  static const std::regex pattern(
      R"((?:(.)?([<>=^]))?([-+ ])?#?(0)?(\d{1,4})?([,_])?(?:\.(\d{1,3}))?([a-zA-Z%])?)");
  std::smatch match;
  if (!std::regex_match(text, match, pattern)) {
    return Raised("ValueError", absl::StrFormat("invalid format specifier '%s'", text));
  }
  Spec spec;
  if (match[4].matched) {
    spec.fill = '0';
    spec.align = '=';
  }
  if (match[1].matched) spec.fill = match[1].str()[0];
  if (match[2].matched) spec.align = match[2].str()[0];
  if (match[3].matched) spec.sign = match[3].str()[0];
  if (match[5].matched) spec.width = std::strtoul(match[5].str().c_str(), nullptr, 10);
  spec.commas = match[6].matched;
  if (match[7].matched) spec.precision = std::atoi(match[7].str().c_str());
  if (match[8].matched) spec.type = match[8].str()[0];
  return spec;
}

std::string NumberText(const Value& value, const Spec& spec) {
  const auto* integer = std::get_if<int64_t>(&value);
  if (integer != nullptr && (spec.type == 0 || spec.type == 'd')) return absl::StrCat(*integer);
  if (integer != nullptr && spec.type == 'x') return absl::StrFormat("%x", *integer);
  const double number = NumberOf(value) * (spec.type == '%' ? 100 : 1);
  if (spec.type == 0 && spec.precision < 0) return FloatText(number);
  const int precision = spec.precision < 0 ? 6 : spec.precision;
  switch (spec.type) {
    case 'e':
    case 'E':
      return absl::StrFormat("%.*e", precision, number);
    case 'f':
    case 'F':
    case '%':
      return absl::StrFormat("%.*f", precision, number) + (spec.type == '%' ? "%" : "");
    default:
      return absl::StrFormat("%.*g", precision, number);
  }
}

void AddCommas(std::string& digits) {
  size_t end = digits.find_first_not_of("0123456789");
  if (end == std::string::npos) end = digits.size();
  for (size_t at = end; at > 3; at -= 3) digits.insert(at - 3, ",");
}

std::string Padded(std::string sign, const std::string& text, const Spec& spec, bool is_number) {
  const size_t length = sign.size() + text.size();
  if (length >= spec.width) return sign + text;
  const size_t missing = spec.width - length;
  const char align = spec.align != 0 ? spec.align : is_number ? '>' : '<';
  const auto fill = [&](size_t count) { return std::string(count, spec.fill); };
  switch (align) {
    case '<':
      return sign + text + fill(missing);
    case '=':
      return sign + fill(missing) + text;
    case '^':
      return fill(missing / 2) + sign + text + fill(missing - missing / 2);
    default:
      return fill(missing) + sign + text;
  }
}

// Before the name of a value whose text only a request knows; no text of a source has it.
constexpr char kOfRequest = '\x02';

bool IsNumberOrText(const Symbol& symbol) {
  const c10::TypeKind kind = symbol.value->type()->kind();
  return kind == c10::TypeKind::IntType || kind == c10::TypeKind::FloatType ||
         kind == c10::TypeKind::BoolType || kind == c10::TypeKind::NumberType ||
         kind == c10::TypeKind::StringType;
}

std::string OfRequest(const std::string& name) {
  return absl::StrCat(std::string(1, kOfRequest), "<", name, ">");
}

}  // namespace

absl::Status CheckTextKnown(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr || text->find(kOfRequest) == std::string::npos) return absl::OkStatus();
  return Unsupported(
      absl::StrFormat("the text %s of a value that only a request knows", WithoutMarks(*text)));
}

absl::Status CheckKeyKnown(const Value& key, const Table& table) {
  for (const Table::Entry& entry : table.entries) {
    const auto* text = std::get_if<std::string>(&entry.key);
    if (text != nullptr && text->find(kOfRequest) == std::string::npos) return CheckTextKnown(key);
  }
  return absl::OkStatus();
}

std::string WithoutMarks(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), kOfRequest), text.end());
  return text;
}

absl::StatusOr<std::string> Interpreter::ToText(const Value& value, bool repr) {
  if (StackGuard::IsLow()) return std::string("...");
  if (const auto* text = std::get_if<std::string>(&value)) return repr ? Quoted(*text) : *text;
  if (const auto* number = std::get_if<double>(&value)) return FloatText(*number);
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  // With the name of the value: two that a request may tell apart are no equal keys of a dict.
  if (const auto* symbol = std::get_if<Symbol>(&value)) {
    const std::string name = symbol->value->debugName();
    return IsNumberOrText(*symbol) ? OfRequest(name) : absl::StrCat("<", name, ">");
  }
  if (torch::jit::Value* list = ListInGraph(value)) {
    return OfRequest(list->debugName());
  }
  SCONCE_RETURN_IF_ERROR(Step());
  if (const Tuple* tuple = ObjectOf<Tuple>(value)) {
    SCONCE_ASSIGN_OR_RETURN(const std::string items, Joined(*this, tuple->items));
    return "(" + items + (tuple->items.size() == 1 ? ",)" : ")");
  }
  if (const List* list = ObjectOf<List>(value)) {
    SCONCE_ASSIGN_OR_RETURN(const std::string items, Joined(*this, list->items));
    return "[" + items + "]";
  }
  if (const auto* dict = std::get_if<Dict>(&value)) return TableText(*this, *dict->table, false);
  if (const auto* set = std::get_if<Set>(&value)) return TableText(*this, *set->table, true);
  if (ObjectOf<Instance>(value) != nullptr) return InstanceText(*this, value, repr);
  if (const auto* device = std::get_if<c10::Device>(&value)) return device->str();
  if (const auto* dtype = std::get_if<Dtype>(&value)) {
    return absl::StrCat("torch.", c10::toString(dtype->type));
  }
  if (const auto* tensor = std::get_if<TensorValue>(&value)) {
    return absl::StrCat(tensor->is_parameter ? "Parameter" : "tensor", "(...)");
  }
  return Describe(value);
}

absl::StatusOr<Value> FormatValue(Interpreter& interpreter, const Value& value,
                                  const std::string& format) {
  if (format.empty() || Is<Symbol>(value)) return interpreter.ToText(value, false);
  SCONCE_ASSIGN_OR_RETURN(const Spec spec, ParseSpec(format));
  if (!IsKnownNumber(value) || Is<bool>(value)) {
    SCONCE_ASSIGN_OR_RETURN(std::string text, interpreter.ToText(value, false));
    if (spec.precision >= 0) text = text.substr(0, spec.precision);
    return Padded("", text, spec, false);
  }
  std::string text = NumberText(value, spec);
  std::string sign;
  if (text[0] == '-') {
    sign = "-";
    text.erase(0, 1);
  } else if (spec.sign != '-') {
    sign = std::string(1, spec.sign);
  }
  if (spec.commas) AddCommas(text);
  return Padded(sign, text, spec, true);
}

absl::StatusOr<Value> FormatText(Interpreter& interpreter, const std::string& text,
                                 const Arguments& arguments) {
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool doubled = i + 1 < text.size() && text[i + 1] == text[i];
    if ((text[i] != '{' && text[i] != '}') || doubled) {
      out += text[i];
      i += (text[i] == '{' || text[i] == '}') ? 1 : 0;
      continue;
    }
    const size_t end = text.find('}', i);
    if (text[i] == '}' || end == std::string::npos) {
      return Raised("ValueError", "single brace in format string");
    }
    std::string name = text.substr(i + 1, end - i - 1);
    std::string spec;
    if (const size_t colon = name.find(':'); colon != std::string::npos) {
      spec = name.substr(colon + 1);
      name.resize(colon);
    }
    const Value* value = nullptr;
    for (const auto& [keyword, held] : arguments.keywords) {
      if (keyword == name) value = &held;
    }
    const size_t at = name.empty() ? next++ : std::strtoul(name.c_str(), nullptr, 10);
    if (value == nullptr && at < arguments.positional.size()) value = &arguments.positional[at];
    if (value == nullptr) return Raised("IndexError", "replacement index out of range");
    SCONCE_ASSIGN_OR_RETURN(const Value piece, FormatValue(interpreter, *value, spec));
    out += std::get<std::string>(piece);
    i = end;
  }
  return out;
}

absl::StatusOr<Value> PercentFormat(Interpreter& interpreter, const std::string& text,
                                    const Value& values) {
  std::vector<Value> items = {values};
  if (const Tuple* tuple = ObjectOf<Tuple>(values)) items = tuple->items;
  std::string out;
  size_t next = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const size_t end = text.find_first_of("sdrfgeixu%", i + 1);
    if (end == std::string::npos) return Raised("ValueError", "incomplete format");
    if (text[end] == '%') {
      out += '%';
    } else {
      if (next == items.size()) {
        return Raised("TypeError", "not enough arguments for format string");
      }
      const char type = text[end];
      std::string spec = text.substr(i + 1, end - i - 1);
      if (type == 'i' || type == 'u') spec += 'd';
      if (type != 's' && type != 'r' && type != 'i' && type != 'u') spec += type;
      SCONCE_ASSIGN_OR_RETURN(const Value piece, FormatValue(interpreter, items[next++], spec));
      out += std::get<std::string>(piece);
    }
    i = end;
  }
  return out;
}

}  // namespace sconce::python
