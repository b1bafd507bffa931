#include "server/formats/pickle/pickle_builder.h"

#include <memory>
#include <utility>

#include "absl/strings/str_format.h"

namespace sconce {

const PickleValue* PickleBuilder::Bool(bool value) {
  PickleValue* made = New(PickleKind::kBool);
  made->integer = value ? 1 : 0;
  return made;
}

const PickleValue* PickleBuilder::Int(int64_t value) {
  PickleValue* made = New(PickleKind::kInt);
  made->integer = value;
  return made;
}

const PickleValue* PickleBuilder::Unsigned(uint64_t value) {
  if (value <= static_cast<uint64_t>(INT64_MAX)) return Int(static_cast<int64_t>(value));
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  bytes.push_back('\0');  // the sign
  return NewText(PickleKind::kBigInt, std::move(bytes));
}

const PickleValue* PickleBuilder::Float(double value) {
  PickleValue* made = New(PickleKind::kFloat);
  made->real = value;
  return made;
}

const PickleValue* PickleBuilder::String(std::string_view text) {
  return NewText(PickleKind::kString, std::string(text));
}

const PickleValue* PickleBuilder::Bytes(std::string bytes) {
  return NewText(PickleKind::kBytes, std::move(bytes));
}

const PickleValue* PickleBuilder::Global(std::string_view module, std::string_view name) {
  std::string text = absl::StrFormat("%s.%s", module, name);
  const PickleValue*& known = globals_[text];
  if (known == nullptr) {
    PickleValue* made = NewText(PickleKind::kGlobal, std::move(text));
    made->integer = static_cast<int64_t>(module.size());
    known = made;
  }
  return known;
}

const PickleValue* PickleBuilder::IntTuple(const std::vector<int64_t>& items) {
  Values values;
  for (const int64_t item : items) values.push_back(Int(item));
  return Tuple(std::move(values));
}

const PickleValue* PickleBuilder::OrderedDict(Values entries, Values states) {
  PickleValue* made = New(PickleKind::kObject, {Global("collections", "OrderedDict"), Tuple({})});
  made->changes = std::make_unique<PickleValue::Changes>();
  made->changes->entries = std::move(entries);
  made->changes->states = std::move(states);
  return made;
}

const PickleValue* PickleBuilder::Call(const PickleValue* callable, Values arguments) {
  return New(PickleKind::kObject, {callable, Tuple(std::move(arguments))});
}

const PickleValue* PickleBuilder::WithEntries(const PickleValue& original, Values entries) {
  if (original.Is(PickleKind::kDict)) return Dict(std::move(entries));
  return OrderedDict(std::move(entries),
                     original.changes == nullptr ? Values() : original.changes->states);
}

PickleValue* PickleBuilder::New(PickleKind kind, Values items) {
  PickleValue& made = values_.emplace_back();
  made.kind = kind;
  made.items = std::move(items);
  return &made;
}

PickleValue* PickleBuilder::NewText(PickleKind kind, std::string text) {
  PickleValue* made = New(kind);
  made->text = texts_.emplace_back(std::move(text));
  return made;
}

}  // namespace sconce
