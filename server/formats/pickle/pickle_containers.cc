// PickleMachine's instructions for tuples, lists, dicts and sets.

#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/pickle_machine.h"

namespace sconce {
namespace {

void AppendAll(const std::vector<const PickleValue*>& from, std::vector<const PickleValue*>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

PickleValue::Changes& ChangesOf(PickleValue& object) {
  if (object.changes == nullptr) object.changes = std::make_unique<PickleValue::Changes>();
  return *object.changes;
}

}  // namespace

absl::Status PickleMachine::PushItems(PickleKind kind, Values items) {
  if (kind == PickleKind::kDict && items.size() % 2 != 0) {
    return Error("makes a dict of a key without a value");
  }
  SCONCE_ASSIGN_OR_RETURN(PickleValue * made, New(kind));
  made->items = std::move(items);
  return Push(made);
}

template <PickleKind kKind>
absl::Status PickleMachine::Empty() {
  return PushItems(kKind, {});
}

template <PickleKind kKind>
absl::Status PickleMachine::FromMark() {
  SCONCE_ASSIGN_OR_RETURN(Values items, PopToMark());
  return PushItems(kKind, std::move(items));
}

absl::Status PickleMachine::FrozenSet() {
  SCONCE_RETURN_IF_ERROR(FromMark<PickleKind::kSet>());
  return MarkOtherForm();
}

template <int kSize>
absl::Status PickleMachine::SmallTuple() {
  Values items(kSize);
  for (int i = kSize - 1; i >= 0; --i) {
    SCONCE_ASSIGN_OR_RETURN(items[i], Pop());
  }
  return PushItems(PickleKind::kTuple, std::move(items));
}

absl::Status PickleMachine::AddTo(PickleValue* target, const Values& items) {
  if (target->Is(PickleKind::kList)) {
    AppendAll(items, target->items);
  } else if (target->Is(PickleKind::kObject)) {
    AppendAll(items, ChangesOf(*target).items);
  } else {
    return Error(absl::StrFormat("appends to %s", DescribePickleValue(*target)));
  }
  return absl::OkStatus();
}

absl::Status PickleMachine::SetIn(PickleValue* target, const Values& entries) {
  if (entries.size() % 2 != 0) return Error("sets a key without a value");
  if (target->Is(PickleKind::kDict)) {
    AppendAll(entries, target->items);
  } else if (target->Is(PickleKind::kObject)) {
    AppendAll(entries, ChangesOf(*target).entries);
  } else {
    return Error(absl::StrFormat("sets a key of %s", DescribePickleValue(*target)));
  }
  return absl::OkStatus();
}

absl::Status PickleMachine::Append() {
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* item, Pop());
  SCONCE_ASSIGN_OR_RETURN(PickleValue * target, Top());
  return AddTo(target, {item});
}

absl::Status PickleMachine::Appends() {
  SCONCE_ASSIGN_OR_RETURN(const Values items, PopToMark());
  SCONCE_ASSIGN_OR_RETURN(PickleValue * target, Top());
  return AddTo(target, items);
}

absl::Status PickleMachine::SetItem() {
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* value, Pop());
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* key, Pop());
  SCONCE_ASSIGN_OR_RETURN(PickleValue * target, Top());
  return SetIn(target, {key, value});
}

absl::Status PickleMachine::SetItems() {
  SCONCE_ASSIGN_OR_RETURN(const Values entries, PopToMark());
  SCONCE_ASSIGN_OR_RETURN(PickleValue * target, Top());
  return SetIn(target, entries);
}

absl::Status PickleMachine::AddItems() {
  SCONCE_ASSIGN_OR_RETURN(const Values items, PopToMark());
  SCONCE_ASSIGN_OR_RETURN(PickleValue * target, Top());
  if (!target->Is(PickleKind::kSet)) return AddTo(target, items);
  AppendAll(items, target->items);
  return absl::OkStatus();
}

void PickleMachine::AddContainers(std::array<Handler, 256>& table) {
  table[')'] = &PickleMachine::Empty<PickleKind::kTuple>;
  table[']'] = &PickleMachine::Empty<PickleKind::kList>;
  table['}'] = &PickleMachine::Empty<PickleKind::kDict>;
  table[0x8f] = &PickleMachine::Empty<PickleKind::kSet>;
  table['t'] = &PickleMachine::FromMark<PickleKind::kTuple>;
  table['l'] = &PickleMachine::FromMark<PickleKind::kList>;
  table['d'] = &PickleMachine::FromMark<PickleKind::kDict>;
  table[0x91] = &PickleMachine::FrozenSet;
  table[0x85] = &PickleMachine::SmallTuple<1>;
  table[0x86] = &PickleMachine::SmallTuple<2>;
  table[0x87] = &PickleMachine::SmallTuple<3>;
  table['a'] = &PickleMachine::Append;
  table['e'] = &PickleMachine::Appends;
  table['s'] = &PickleMachine::SetItem;
  table['u'] = &PickleMachine::SetItems;
  table[0x90] = &PickleMachine::AddItems;
}

}  // namespace sconce
