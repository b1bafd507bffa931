// Data-dependent choice: both branches are recorded into a prim::If, and what they changed is
// joined: equal stays known, different becomes an output of the If.

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/flow.h"
#include "server/frontend/python_source/interpreter/graph_types.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/same_value.h"
#include "server/frontend/python_source/interpreter/stack_guard.h"
#include "server/frontend/python_source/interpreter/text.h"
#include "server/frontend/python_source/interpreter/unknown.h"

namespace sconce::python {
namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::WithInsertPoint;
using GraphValue = torch::jit::Value;

// Names of values that somebody reads whatever follows.
constexpr std::string_view kReturned = "<value>";
constexpr std::string_view kChosen = "the value of a conditional";

struct Side {
  Block* block = nullptr;
  GraphValue* condition = nullptr;  // of the If, and what it is known to be on this side
  bool holds = false;
  bool dead = false;  // ends with an exception
  absl::Status raised;
  Value result;
  Recorder::Recorded recorded;

  Value Narrowed(const Value& value) const {
    const auto* symbol = std::get_if<Symbol>(&value);
    if (symbol == nullptr) return value;
    if (symbol->value == condition) return holds;
    const auto found = recorded.narrowed.find(symbol->value);
    return found == recorded.narrowed.end() ? value : found->second;
  }
};

bool IsWithin(GraphValue* value, const Block* block) {
  for (const Block* at = value->node()->owningBlock(); at != nullptr;) {
    if (at == block) return true;
    const Node* owner = at->owningNode();
    at = owner == nullptr ? nullptr : owner->owningBlock();
  }
  return false;
}

void RecordRaise(Recorder& recorder, const absl::Status& raised) {
  torch::jit::Graph& graph = recorder.graph();
  GraphValue* message = graph.insertConstant(
      WithoutMarks(absl::StrFormat("%s: %s", RaisedClass(raised), RaisedText(raised))));
  GraphValue* no_class = graph.insertConstant(c10::IValue());
  graph.insertNode(graph.create(torch::jit::prim::RaiseException, {message, no_class}, 0));
}

// The user should hear of a branch that can't run before a request takes it.
void NoteFailing(Interpreter& interpreter, const absl::Status& raised) {
  if (IsMeant(raised)) return;
  const std::string message(raised.message());
  interpreter.recorder()->NoteFailure(message);
  interpreter.Note(absl::StrFormat("requests that take this branch fail: %s",
                                   message.substr(0, message.find('\n'))));
}

class Join {
 public:
  Join(Interpreter& interpreter, Node* node, Side& then, Side& otherwise)
      : interpreter_(interpreter),
        recorder_(*interpreter.recorder()),
        node_(node),
        then_(then),
        otherwise_(otherwise) {}

  absl::Status JoinChanges() {
    for (const auto& changed : Objects<Journal::ChangedTable>()) {
      SCONCE_RETURN_IF_ERROR(JoinTables(changed));
    }
    for (const auto& changed : Objects<Journal::ChangedList>()) {
      SCONCE_RETURN_IF_ERROR(JoinLists(changed));
    }
    return absl::OkStatus();
  }

  // `name`: for the error of whoever uses what could not be joined.
  absl::StatusOr<Value> JoinValues(const Value& then_value, const Value& else_value,
                                   std::string_view name) {
    Value a = then_.Narrowed(then_value);
    Value b = otherwise_.Narrowed(else_value);
    if (otherwise_.dead) return Export(a, then_, otherwise_);
    if (then_.dead) return Export(b, otherwise_, then_);
    if (IsSame(a, b)) return a;
    a = AtEndOf(then_, a);
    b = AtEndOf(otherwise_, b);
    const bool is_used = name == kReturned || name == kChosen;
    if (is_used && ObjectOf<Unknown>(a) != nullptr) return WithoutSide(a, then_, b, otherwise_);
    if (is_used && ObjectOf<Unknown>(b) != nullptr) return WithoutSide(b, otherwise_, a, then_);
    if (ObjectOf<Tuple>(a) != nullptr && ObjectOf<Tuple>(b) != nullptr) {
      const Tuple& left = *ObjectOf<Tuple>(a);
      const Tuple& right = *ObjectOf<Tuple>(b);
      if (left.items.size() == right.items.size()) {
        SCONCE_ASSIGN_OR_RETURN(auto items, JoinItems(left.items, right.items, name));
        return Own(Tuple(std::move(items), left.type));
      }
    }
    if (ObjectOf<List>(a) != nullptr && ObjectOf<List>(b) != nullptr) {
      const List& left = *ObjectOf<List>(a);
      const List& right = *ObjectOf<List>(b);
      if (left.symbol == nullptr && right.symbol == nullptr &&
          left.items.size() == right.items.size()) {
        SCONCE_ASSIGN_OR_RETURN(auto items, JoinItems(left.items, right.items, name));
        return ListOf(std::move(items));
      }
    }
    const SliceValue* left_slice = ObjectOf<SliceValue>(a);
    const SliceValue* right_slice = ObjectOf<SliceValue>(b);
    if (left_slice != nullptr && right_slice != nullptr) {
      return JoinSlices(*left_slice, *right_slice, name);
    }
    return JoinInGraph(a, b, name);
  }

 private:
  template <typename Changed>
  static const std::vector<Changed>& ChangesOf(const Side& side) {
    if constexpr (std::is_same_v<Changed, Journal::ChangedTable>) {
      return side.recorded.changes.tables;
    } else {
      return side.recorded.changes.lists;
    }
  }

  // What either side changed, each object once, in the order of change.
  template <typename Changed>
  std::vector<decltype(Changed::object)> Objects() {
    std::vector<decltype(Changed::object)> objects;
    for (const Side* side : {&then_, &otherwise_}) {
      for (const Changed& changed : ChangesOf<Changed>(*side)) {
        if (std::find(objects.begin(), objects.end(), changed.object) == objects.end()) {
          objects.push_back(changed.object);
        }
      }
    }
    return objects;
  }

  template <typename Changed, typename Object>
  static const Object& ContentsOf(const Side& side, const std::shared_ptr<Object>& object) {
    for (const Changed& changed : ChangesOf<Changed>(side)) {
      if (changed.object == object) return changed.contents;
    }
    return *object;
  }

  // A list or dict as that side left it: what was changed there has been put back since.
  static Value AtEndOf(const Side& side, const Value& value) {
    if (const auto* list = std::get_if<std::shared_ptr<List>>(&value)) {
      return Own(List(ContentsOf<Journal::ChangedList>(side, *list)));
    }
    if (const auto* dict = std::get_if<Dict>(&value)) {
      return Dict{std::make_shared<Table>(ContentsOf<Journal::ChangedTable>(side, dict->table))};
    }
    return value;
  }

  absl::StatusOr<std::vector<Value>> JoinItems(const std::vector<Value>& left,
                                               const std::vector<Value>& right,
                                               std::string_view name) {
    std::vector<Value> joined;
    for (size_t i = 0; i < left.size(); ++i) {
      SCONCE_ASSIGN_OR_RETURN(Value value, JoinValues(left[i], right[i], name));
      joined.push_back(std::move(value));
    }
    return joined;
  }

  // What a side gives is not known: requests that take it fail.
  absl::StatusOr<Value> WithoutSide(const Value& unknown, const Side& side, const Value& value,
                                    const Side& live) {
    const absl::Status status = CheckKnown(unknown);
    if (ObjectOf<Unknown>(value) != nullptr) return unknown;
    NoteFailing(interpreter_, status);
    const WithInsertPoint at_end(side.block);
    RecordRaise(recorder_, status);
    return Export(value, live, side);
  }

  absl::StatusOr<Value> JoinSlices(const SliceValue& left, const SliceValue& right,
                                   std::string_view name) {
    // None beside a number is the number that it stands for.
    const auto join = [&](const Value& a, const Value& b, int64_t none) {
      const bool differ = Is<None>(a) != Is<None>(b);
      return JoinValues(differ && Is<None>(a) ? Value(none) : a,
                        differ && Is<None>(b) ? Value(none) : b, name);
    };
    SliceValue joined;
    SCONCE_ASSIGN_OR_RETURN(joined.lower, join(left.lower, right.lower, 0));
    SCONCE_ASSIGN_OR_RETURN(joined.upper, join(left.upper, right.upper, INT64_MAX));
    SCONCE_ASSIGN_OR_RETURN(joined.step, join(left.step, right.step, 1));
    return Own(std::move(joined));
  }

  static bool HasReturned(const Table& table) {
    const Value* returned = table.Get("<returned>");
    return returned != nullptr && IsSame(*returned, Value(true));
  }

  // A side that has left the function or the turn of a loop gives no more names to what follows.
  static bool HasLeft(const Side& side, const Table& table) {
    for (const char* flag : {"<returned>", "<broken>", "<continued>"}) {
      const Value* set = table.Get(flag);
      if (set != nullptr && IsSame(side.Narrowed(*set), Value(true))) return true;
    }
    return false;
  }

  absl::Status JoinTables(const std::shared_ptr<Table>& object) {
    const Table then_table = ContentsOf<Journal::ChangedTable>(then_, object);
    const Table else_table = ContentsOf<Journal::ChangedTable>(otherwise_, object);
    const Scope* scope = interpreter_.current_scope();
    const bool is_local = scope != nullptr && scope->names == object;
    Table joined;
    for (const Table* table : {&then_table, &else_table}) {
      for (const Table::Entry& entry : table->entries) {
        if (joined.Find(entry.id) != nullptr) continue;
        SCONCE_ASSIGN_OR_RETURN(std::optional<Value> value,
                                JoinEntry(entry, then_table, else_table, is_local));
        if (value.has_value()) joined.Set(entry.id, entry.key, *std::move(value));
      }
    }
    interpreter_.Touch(object);
    *object = std::move(joined);
    return absl::OkStatus();
  }

  // Nullopt: no longer there.
  absl::StatusOr<std::optional<Value>> JoinEntry(const Table::Entry& entry, const Table& then_table,
                                                 const Table& else_table, bool is_local) {
    const std::string name = Is<std::string>(entry.key) ? std::get<std::string>(entry.key) : "?";
    const Value* a = then_table.Find(entry.id);
    const Value* b = else_table.Find(entry.id);
    bool then_gone = then_.dead;
    bool else_gone = otherwise_.dead;
    if (name == kReturned) {
      then_gone |= a == nullptr;
      else_gone |= b == nullptr;
    } else if (!IsFlowName(entry.id)) {
      // As long as it has none of its own: behind a loop it counts what a turn left.
      then_gone |= a == nullptr && HasLeft(then_, then_table) && !HasLeft(otherwise_, else_table);
      else_gone |= b == nullptr && HasLeft(otherwise_, else_table) && !HasLeft(then_, then_table);
      then_gone |= HasReturned(then_table) && !HasReturned(else_table);
      else_gone |= HasReturned(else_table) && !HasReturned(then_table);
    }
    if (else_gone && !then_gone) return Kept(a, then_, otherwise_);
    if (then_gone && !else_gone) return Kept(b, otherwise_, then_);
    const Value unset = false;
    if (IsFlowName(entry.id)) {
      if (a == nullptr) a = &unset;
      if (b == nullptr) b = &unset;
    }
    if (a != nullptr && b != nullptr) {
      SCONCE_ASSIGN_OR_RETURN(Value value, JoinValues(*a, *b, name));
      return std::optional<Value>(std::move(value));
    }
    if (is_local) {
      auto maybe = a != nullptr ? WhereSet(*a, then_, otherwise_) : WhereSet(*b, otherwise_, then_);
      if (maybe.has_value()) return maybe;
    }
    return std::optional<Value>(Own(
        Unknown{name, "it has a value in only one branch of an `if` that depends on the input"}));
  }

  // A name that only this side sets, as tensors and numbers: whoever reads it after the other side
  // has run hears of it, as Python tells of an unbound name. `if c: n = 3` … `if c: use(n)`.
  std::optional<Value> WhereSet(const Value& value, Side& side, const Side& other) {
    if (const Tuple* tuple = ObjectOf<Tuple>(value)) {
      Tuple copy({}, tuple->type);
      for (const Value& item : tuple->items) {
        auto held = WhereSet(item, side, other);
        if (!held.has_value()) return std::nullopt;
        copy.items.push_back(*std::move(held));
      }
      return Own(std::move(copy));
    }
    const bool is_plain = IsKnownNumber(value) || Is<std::string>(value) || Is<TensorValue>(value);
    if (!is_plain && !Is<Symbol>(value)) return std::nullopt;
    const Value narrowed = side.Narrowed(value);
    auto inner = MaterialiseIn(side.block, narrowed);
    if (!inner.ok()) return std::nullopt;
    return Symbol{AddOutputOf(side, other, *inner), interpreter_.IsArray(value)};
  }

  // An output that only one side gives.
  GraphValue* AddOutputOf(const Side& side, const Side& other, GraphValue* value) {
    GraphValue* none;
    {
      const WithInsertPoint at_end(other.block);
      torch::jit::Graph& graph = recorder_.graph();
      none = NoValue(graph, value->type());
    }
    const bool is_then = side.block == then_.block;
    return AddOutput(is_then ? value : none, is_then ? none : value, value->type());
  }

  std::optional<Value> Kept(const Value* value, const Side& live, const Side& gone) {
    if (value == nullptr) return std::nullopt;
    return Export(live.Narrowed(*value), live, gone);
  }

  absl::Status JoinLists(const std::shared_ptr<List>& object) {
    const List then_list = ContentsOf<Journal::ChangedList>(then_, object);
    const List else_list = ContentsOf<Journal::ChangedList>(otherwise_, object);
    List joined;
    const List* only = otherwise_.dead ? &then_list : then_.dead ? &else_list : nullptr;
    if (only != nullptr) {
      joined.symbol = only->symbol;
      SCONCE_ASSIGN_OR_RETURN(joined.items, JoinItems(only->items, only->items, "a list"));
    } else if (then_list.symbol != else_list.symbol ||
               then_list.items.size() != else_list.items.size()) {
      SCONCE_ASSIGN_OR_RETURN(joined.symbol, JoinLengths(then_list, else_list));
    } else {
      joined.symbol = then_list.symbol;
      SCONCE_ASSIGN_OR_RETURN(joined.items, JoinItems(then_list.items, else_list.items, "a list"));
    }
    interpreter_.Touch(object);
    *object = std::move(joined);
    return absl::OkStatus();
  }

  // A list whose length only a request knows: it has grown on one side.
  absl::StatusOr<GraphValue*> JoinLengths(const List& then_list, const List& else_list) {
    // The longer one first: it says what an empty one holds.
    const bool then_first = then_list.items.size() >= else_list.items.size();
    c10::TypePtr type;
    absl::StatusOr<GraphValue*> sides[2];
    for (const bool of_then : {then_first, !then_first}) {
      Side& side = of_then ? then_ : otherwise_;
      List list = of_then ? then_list : else_list;
      for (Value& item : list.items) item = side.Narrowed(item);
      auto& value = sides[of_then ? 0 : 1];
      value = MaterialiseIn(side.block, Own(std::move(list)), type);
      if (value.ok()) type = (*value)->type();
    }
    if (!sides[0].ok() || !sides[1].ok() || *(*sides[0])->type() != *(*sides[1])->type()) {
      return Unsupported(
          "a list of different things grows in only one branch of an `if` that depends on the "
          "input; give it the same length in both, or choose with torch.where");
    }
    return AddOutput(*sides[0], *sides[1], type);
  }

  GraphValue* AddOutput(GraphValue* then_value, GraphValue* else_value, const c10::TypePtr& type) {
    then_.block->registerOutput(then_value);
    otherwise_.block->registerOutput(else_value);
    return node_->addOutput()->setType(type);
  }

  // Out of the only side that goes on; the other one never gets to give a value.
  Value Export(const Value& value, const Side& live, const Side& dead) {
    if (StackGuard::IsLow()) return value;
    if (const auto* symbol = std::get_if<Symbol>(&value)) {
      if (!IsWithin(symbol->value, live.block)) return value;
      const auto known = exported_.find(symbol->value);
      if (known != exported_.end()) return Symbol{known->second};
      GraphValue* output = AddOutputOf(live, dead, symbol->value);
      exported_.emplace(symbol->value, output);
      return Symbol{output};
    }
    if (const Tuple* tuple = ObjectOf<Tuple>(value)) {
      Tuple copy({}, tuple->type);
      for (const Value& item : tuple->items) copy.items.push_back(Export(item, live, dead));
      return Own(std::move(copy));
    }
    ExportContents(value, live, dead);
    return value;
  }

  // Of objects that were made on that side.
  void ExportContents(const Value& value, const Side& live, const Side& dead) {
    if (List* list = ObjectOf<List>(value)) {
      if (!visited_.insert(list).second) return;
      for (Value& item : list->items) item = Export(item, live, dead);
      if (list->symbol != nullptr && IsWithin(list->symbol, live.block)) {
        list->symbol = std::get<Symbol>(Export(Symbol{list->symbol}, live, dead)).value;
      }
      return;
    }
    Table* table = nullptr;
    if (const auto* dict = std::get_if<Dict>(&value)) table = dict->table.get();
    if (const Instance* instance = ObjectOf<Instance>(value)) table = instance->attributes.get();
    if (table == nullptr || !visited_.insert(table).second) return;
    for (Table::Entry& entry : table->entries) entry.value = Export(entry.value, live, dead);
  }

  absl::StatusOr<Value> JoinInGraph(const Value& a, const Value& b, std::string_view name) {
    auto left = MaterialiseIn(then_.block, a);
    auto right = MaterialiseIn(otherwise_.block, b);
    if (!left.ok() || !right.ok()) return Different(name);
    const c10::TypePtr type = JoinTypes((*left)->type(), (*right)->type());
    if (type == nullptr) return Different(name);
    *left = WidenIn(then_.block, *left, type);
    *right = WidenIn(otherwise_.block, *right, type);
    const Value joined = recorder_.FromGraph(AddOutput(*left, *right, type));
    const bool arrays = interpreter_.IsArray(a) && interpreter_.IsArray(b);
    return arrays ? interpreter_.AsArray(joined, true) : joined;
  }

  static Value Different(std::string_view name) {
    return Own(Unknown{std::string(name),
                       "its type differs between the branches of an `if` that depends on the "
                       "input"});
  }

  absl::StatusOr<GraphValue*> MaterialiseIn(Block* block, const Value& value,
                                            const c10::TypePtr& type = nullptr) {
    const WithInsertPoint at_end(block);
    return recorder_.Materialise(value, type);
  }

  static GraphValue* WidenIn(Block* block, GraphValue* value, const c10::TypePtr& type) {
    const WithInsertPoint at_end(block);
    return WidenTo(type, value);
  }

  Interpreter& interpreter_;
  Recorder& recorder_;
  Node* node_;
  Side& then_;
  Side& otherwise_;
  std::unordered_map<GraphValue*, GraphValue*> exported_;
  std::set<const void*> visited_;
};

absl::Status Record(Interpreter& interpreter, const Interpreter::Narrowing& narrowing,
                    const Interpreter::Branch& branch, Side& side) {
  Recorder& recorder = *interpreter.recorder();
  recorder.Enter(side.block, narrowing.present, narrowing.absent);
  auto result = branch();
  if (result.ok()) {
    side.result = *std::move(result);
  } else if (!RaisedClass(result.status()).empty()) {
    side.dead = true;
    side.raised = result.status();
    RecordRaise(recorder, side.raised);
    NoteFailing(interpreter, side.raised);
  }
  side.recorded = recorder.Leave();
  return side.dead ? absl::OkStatus() : result.status();
}

}  // namespace

absl::StatusOr<Value> Interpreter::Choose(const Test& test, const Branch& then,
                                          const Branch& otherwise) {
  if (const auto* known = std::get_if<bool>(&test.truth)) return *known ? then() : otherwise();
  if (recorder_ == nullptr) return OfOneRequest();
  Recorder& recorder = *recorder_;
  Node* node = recorder.graph().create(torch::jit::prim::If, 0);
  node->addInput(std::get<Symbol>(test.truth).value);
  node->setSourceRange(CurrentRange());
  recorder.graph().insertNode(node);
  Side sides[2];
  for (Side& side : sides) {
    side.block = node->addBlock();
    side.condition = node->input();
    side.holds = &side == &sides[0];
  }
  SCONCE_RETURN_IF_ERROR(Record(*this, test.if_true, then, sides[0]));
  SCONCE_RETURN_IF_ERROR(Record(*this, test.if_false, otherwise, sides[1]));
  if (sides[0].dead && sides[1].dead) return sides[0].raised;
  Join join(*this, node, sides[0], sides[1]);
  SCONCE_RETURN_IF_ERROR(join.JoinChanges());
  return join.JoinValues(sides[0].result, sides[1].result, kChosen);
}

absl::StatusOr<Value> Interpreter::Present(const Value& value) {
  if (!Is<Symbol>(value)) return value;
  if (recorder_ == nullptr) return OfOneRequest();
  const Value held = recorder_->Narrowed(value);
  if (!IsGraphKind(held, c10::TypeKind::OptionalType)) return held;
  const auto* symbol = std::get_if<Symbol>(&held);
  Test test;
  SCONCE_ASSIGN_OR_RETURN(test.truth, CallOperator("aten::__isnot__", {{held, None()}, {}}));
  test.if_true.present.push_back(symbol->value);
  SCONCE_ASSIGN_OR_RETURN(
      Value present,
      Choose(
          test, [&] { return absl::StatusOr<Value>(recorder_->Narrowed(held)); },
          [&]() -> absl::StatusOr<Value> {
            return AsMeant(
                Raised("TypeError", absl::StrFormat("%s is None here; this request needs it",
                                                    symbol->value->debugName())));
          }));
  recorder_->Narrow(symbol->value, present);
  return present;
}

absl::Status Interpreter::Require(const Value& truth, std::string_view exception,
                                  std::string_view message) {
  return Choose(
             Test(truth), [] { return absl::StatusOr<Value>(None()); },
             [&]() -> absl::StatusOr<Value> { return AsMeant(Raised(exception, message)); })
      .status();
}

}  // namespace sconce::python
