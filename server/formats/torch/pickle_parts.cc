#include "server/formats/torch/pickle_parts.h"

#include <vector>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

using Entries = std::vector<const PickleValue*>;

constexpr int kMostNames = 64;
// Keys that are tried for a path: one key can be in a dict any number of times.
constexpr int kMostTries = 10'000'000;

bool IsSequence(const PickleValue& value) {
  return value.Is(PickleKind::kList) || value.Is(PickleKind::kTuple);
}

// The whole rest of a path as one name first.
const PickleValue* Follow(const PickleValue& value, std::string_view path, int names, int& tries) {
  const size_t parts = names > kMostNames ? 0 : CountParts(value);
  for (size_t i = 0; i < parts && --tries > 0; ++i) {
    const PicklePart part = PartAt(value, i);
    if (part.IsCalled(path)) return part.value;
  }
  for (size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    for (size_t i = 0; i < parts && --tries > 0; ++i) {
      const PicklePart part = PartAt(value, i);
      if (!part.IsCalled(path.substr(0, dot))) continue;
      const PickleValue* found = Follow(*part.value, path.substr(dot + 1), names + 1, tries);
      if (found != nullptr) return found;
    }
  }
  return nullptr;
}

}  // namespace

bool PicklePart::IsCalled(std::string_view name) const {
  if (HasText()) return key->text == name;
  return (key == nullptr || key->Is(PickleKind::kInt)) && this->name() == name;
}

std::string PicklePart::name() const {
  if (HasText()) return std::string(key->text);
  return key == nullptr ? absl::StrFormat("%d", index) : DescribePickleValue(*key);
}

const Entries* EntriesOf(const PickleValue& value) {
  if (const Entries* entries = DictEntries(value)) return entries;
  if (!value.Is(PickleKind::kObject) || value.changes == nullptr) return nullptr;
  if (!value.changes->states.empty()) return DictEntries(*value.changes->states.back());
  // An object of a class that is a dict.
  return value.changes->entries.empty() ? nullptr : &value.changes->entries;
}

size_t CountParts(const PickleValue& value) {
  if (IsSequence(value)) return value.items.size();
  const Entries* entries = EntriesOf(value);
  return entries == nullptr ? 0 : entries->size() / 2;
}

PicklePart PartAt(const PickleValue& value, size_t i) {
  if (IsSequence(value)) return {nullptr, i, value.items[i]};
  const Entries& entries = *EntriesOf(value);
  return {entries[2 * i], i, entries[2 * i + 1]};
}

const PickleValue* FollowKeys(const PickleValue& root, std::string_view path) {
  int tries = kMostTries;
  return Follow(root, path, 0, tries);
}

}  // namespace sconce
