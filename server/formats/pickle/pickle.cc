#include "server/formats/pickle/pickle.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "server/formats/pickle/pickle_machine.h"

namespace sconce {

absl::StatusOr<PickleDocument> ReadPickle(std::string bytes, const PickleLimits& limits) {
  return PickleMachine(std::move(bytes), limits).Run();
}

std::string DescribePickleValue(const PickleValue& value) {
  switch (value.kind) {
    case PickleKind::kNone:
      return "None";
    case PickleKind::kBool:
      return value.integer != 0 ? "True" : "False";
    case PickleKind::kInt:
      return absl::StrFormat("%d", value.integer);
    case PickleKind::kBigInt:
      return "a large integer";
    case PickleKind::kFloat:
      return absl::StrFormat("%g", value.real);
    case PickleKind::kString:
      return absl::StrFormat("\"%s\"", absl::CHexEscape(std::string(value.text.substr(0, 80))));
    case PickleKind::kBytes:
      return absl::StrFormat("%d bytes", value.text.size());
    case PickleKind::kTuple:
      return absl::StrFormat("a tuple of %d", value.items.size());
    case PickleKind::kList:
      return absl::StrFormat("a list of %d", value.items.size());
    case PickleKind::kDict:
      return absl::StrFormat("a dict of %d", value.items.size() / 2);
    case PickleKind::kSet:
      return absl::StrFormat("a set of %d", value.items.size());
    case PickleKind::kGlobal:
      return absl::CHexEscape(std::string(value.text.substr(0, 200)));
    case PickleKind::kPersistentId:
      return "a reference to a storage";
    case PickleKind::kObject:
      // A callable can itself be an object, to any depth; one level says enough.
      return value.items[0]->Is(PickleKind::kGlobal)
                 ? absl::StrFormat("a %s", DescribePickleValue(*value.items[0]))
                 : "the result of a call";
  }
  return "an unknown value";
}

const std::vector<const PickleValue*>* DictEntries(const PickleValue& value) {
  static const std::vector<const PickleValue*> kNothing;
  if (value.Is(PickleKind::kDict)) return &value.items;
  if (!value.IsCallOf("collections.OrderedDict")) return nullptr;
  if (!value.items[1]->items.empty()) return nullptr;  // made of something else than pairs
  return value.changes == nullptr ? &kNothing : &value.changes->entries;
}

}  // namespace sconce
