// PickleMachine's instructions that, in Python, import names and call them. Here they only write
// down what would have been called.

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/pickle/pickle_machine.h"

namespace sconce {
namespace {

bool IsListOfPairs(const PickleValue& arguments) {
  if (!arguments.Is(PickleKind::kTuple) || arguments.items.size() != 1) return false;
  const PickleValue& list = *arguments.items[0];
  return list.Is(PickleKind::kList) &&
         std::all_of(list.items.begin(), list.items.end(), [](const PickleValue* pair) {
           return (pair->Is(PickleKind::kList) || pair->Is(PickleKind::kTuple)) &&
                  pair->items.size() == 2;
         });
}

}  // namespace

absl::Status PickleMachine::PushGlobal(std::string_view module, std::string_view name) {
  if (name.empty()) return Error("names a global without a name");
  SCONCE_RETURN_IF_ERROR(
      PushNew(PickleKind::kGlobal, Keep(absl::StrFormat("%s.%s", module, name))));
  SCONCE_ASSIGN_OR_RETURN(PickleValue * made, Top());
  made->integer = static_cast<int64_t>(module.size());
  return absl::OkStatus();
}

absl::Status PickleMachine::PushCall(const PickleValue* callable, const PickleValue* arguments) {
  if (!callable->Is(PickleKind::kGlobal) && !callable->Is(PickleKind::kObject)) {
    return Error(absl::StrFormat("calls %s", DescribePickleValue(*callable)));
  }
  if (!arguments->Is(PickleKind::kTuple)) {
    return Error(absl::StrFormat("calls %s with %s instead of a tuple of arguments",
                                 DescribePickleValue(*callable), DescribePickleValue(*arguments)));
  }
  return PushItems(PickleKind::kObject, {callable, arguments});
}

absl::Status PickleMachine::Global() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view module, Line());
  SCONCE_ASSIGN_OR_RETURN(const std::string_view name, Line());
  return PushGlobal(module, name);
}

absl::Status PickleMachine::StackGlobal() {
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* name, Pop());
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* module, Pop());
  if (!name->Is(PickleKind::kString) || !module->Is(PickleKind::kString)) {
    return Error("names a global by something that is no text");
  }
  return PushGlobal(module->text, name->text);
}

absl::Status PickleMachine::Reduce() {
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* arguments, Pop());
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* callable, Pop());
  if (callable->IsGlobal("collections.OrderedDict") && IsListOfPairs(*arguments)) {
    return PushOrderedDict(callable, arguments->items[0]->items);
  }
  return PushCall(callable, arguments);
}

// Python 2 gave OrderedDict its entries as an argument, a list of pairs; Python 3 sets them one by
// one. Both become the same value, so that readers know one form.
absl::Status PickleMachine::PushOrderedDict(const PickleValue* callable, const Values& pairs) {
  Values entries;
  entries.reserve(pairs.size() * 2);
  for (const PickleValue* pair : pairs) {
    entries.insert(entries.end(), pair->items.begin(), pair->items.end());
  }
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* none, New(PickleKind::kTuple));
  SCONCE_RETURN_IF_ERROR(PushCall(callable, none));
  SCONCE_ASSIGN_OR_RETURN(PickleValue * made, Top());
  return SetIn(made, entries);
}

absl::Status PickleMachine::MarkOtherForm() {
  SCONCE_ASSIGN_OR_RETURN(PickleValue * made, Top());
  made->other_form = true;
  return absl::OkStatus();
}

absl::Status PickleMachine::NewObj() {
  SCONCE_RETURN_IF_ERROR(Reduce());
  return MarkOtherForm();
}

// INST and OBJ without arguments do not call the class either (pickle.py, _instantiate).
absl::Status PickleMachine::PushInstance(const PickleValue* callable,
                                         const PickleValue* arguments) {
  SCONCE_RETURN_IF_ERROR(PushCall(callable, arguments));
  return arguments->items.empty() ? MarkOtherForm() : absl::OkStatus();
}

absl::Status PickleMachine::NewObjEx() {
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* keywords, Pop());
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* arguments, Pop());
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* callable, Pop());
  if (!keywords->Is(PickleKind::kDict)) return Error("calls with keywords that are no dict");
  SCONCE_RETURN_IF_ERROR(PushCall(callable, arguments));
  SCONCE_ASSIGN_OR_RETURN(PickleValue * made, Top());
  made->items.push_back(keywords);
  return MarkOtherForm();
}

absl::Status PickleMachine::Inst() {
  SCONCE_ASSIGN_OR_RETURN(Values items, PopToMark());
  SCONCE_RETURN_IF_ERROR(PushItems(PickleKind::kTuple, std::move(items)));
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* arguments, Pop());
  SCONCE_RETURN_IF_ERROR(Global());
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* callable, Pop());
  return PushInstance(callable, arguments);
}

absl::Status PickleMachine::Obj() {
  SCONCE_ASSIGN_OR_RETURN(Values items, PopToMark());
  if (items.empty()) return Error("makes an object without its class");
  const PickleValue* callable = items.front();
  items.erase(items.begin());
  SCONCE_RETURN_IF_ERROR(PushItems(PickleKind::kTuple, std::move(items)));
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* arguments, Pop());
  return PushInstance(callable, arguments);
}

absl::Status PickleMachine::Build() {
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* state, Pop());
  SCONCE_ASSIGN_OR_RETURN(PickleValue * target, Top());
  if (!target->Is(PickleKind::kObject)) {
    return Error(absl::StrFormat("gives state to %s", DescribePickleValue(*target)));
  }
  if (target->changes == nullptr) target->changes = std::make_unique<PickleValue::Changes>();
  target->changes->states.push_back(state);
  return absl::OkStatus();
}

absl::Status PickleMachine::PersistentLine() {
  SCONCE_ASSIGN_OR_RETURN(const std::string_view line, Line());
  SCONCE_RETURN_IF_ERROR(PushNew(PickleKind::kString, line));
  return Persistent();
}

absl::Status PickleMachine::Persistent() {
  SCONCE_ASSIGN_OR_RETURN(const PickleValue* id, Pop());
  // Before PyTorch 1.6, torch.save put the source of a class beside its name.
  const bool with_source = id->Is(PickleKind::kTuple) && id->items.size() >= 2 &&
                           id->items[0]->Is(PickleKind::kString) &&
                           id->items[0]->text == "module" && id->items[1]->Is(PickleKind::kGlobal);
  if (with_source) return Push(id->items[1]);
  return PushItems(PickleKind::kPersistentId, {id});
}

// The extension registry (0x82 to 0x84) and out-of-band buffers (0x97, 0x98) mean something only
// inside one Python process, so they stay unknown.
void PickleMachine::AddObjects(std::array<Handler, 256>& table) {
  table['c'] = &PickleMachine::Global;
  table[0x93] = &PickleMachine::StackGlobal;
  table['R'] = &PickleMachine::Reduce;
  table[0x81] = &PickleMachine::NewObj;
  table[0x92] = &PickleMachine::NewObjEx;
  table['i'] = &PickleMachine::Inst;
  table['o'] = &PickleMachine::Obj;
  table['b'] = &PickleMachine::Build;
  table['P'] = &PickleMachine::PersistentLine;
  table['Q'] = &PickleMachine::Persistent;
}

}  // namespace sconce
