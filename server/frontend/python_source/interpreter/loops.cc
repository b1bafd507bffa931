// Data-dependent loops: the body is recorded into a prim::Loop. What the body changes is carried
// from turn to turn as inputs and outputs of the loop; which values those are, and of which types,
// is found by recording the body until nothing new turns up.

#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/flow.h"
#include "server/frontend/python_source/interpreter/graph_types.h"
#include "server/frontend/python_source/interpreter/loop.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"
#include "server/frontend/python_source/interpreter/same_value.h"

namespace sconce::python {
namespace {

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::WithInsertPoint;
using GraphValue = torch::jit::Value;

constexpr int kMostPasses = 8;

// A place whose value is carried from turn to turn: an entry of a table, or an item of a list.
struct Carried {
  std::shared_ptr<Table> table;
  std::shared_ptr<List> list;
  std::string id;
  Value key;
  size_t index = 0;
  c10::TypePtr type;

  bool IsAt(const Carried& other) const {
    return table == other.table && list == other.list && id == other.id && index == other.index;
  }
};

// A list that grows in the body: from then on a list of the graph.
struct Grown {
  std::shared_ptr<List> list;
  c10::TypePtr element;
};

class LoopRecording {
 public:
  LoopRecording(Interpreter& interpreter, const LoopPlan& plan)
      : interpreter_(interpreter),
        recorder_(*interpreter.recorder()),
        plan_(plan),
        begins_(plan.begins) {}

  absl::Status Run() {
    for (int pass = 0; pass < kMostPasses; ++pass) {
      settled_ = true;
      SCONCE_RETURN_IF_ERROR(GrowLists());
      SCONCE_RETURN_IF_ERROR(RecordOnce());
      if (settled_) return absl::OkStatus();
    }
    return Unsupported("the types of what this loop changes do not settle");
  }

 private:
  torch::jit::Graph& graph() { return recorder_.graph(); }

  absl::Status GrowLists() {
    for (const Grown& grown : grown_) {
      if (grown.list->symbol != nullptr) continue;
      SCONCE_ASSIGN_OR_RETURN(
          GraphValue * symbol,
          recorder_.Materialise(Value(grown.list), c10::ListType::create(grown.element)));
      interpreter_.Touch(grown.list);
      grown.list->symbol = symbol;
      grown.list->items.clear();
    }
    return absl::OkStatus();
  }

  absl::Status RecordOnce() {
    SCONCE_ASSIGN_OR_RETURN(Node * loop, StartLoop());
    Block* body = loop->addBlock();
    GraphValue* turn = body->addInput("turn");
    turn->setType(c10::IntType::get());
    recorder_.Enter(body, {}, {});
    for (const Carried& place : carried_) {
      GraphValue* input = body->addInput()->setType(place.type);
      if (BeginsAsNumber(place)) recorder_.BeganAsNumber(input);
      Put(place, recorder_.FromGraph(input));
    }
    start_.clear();
    for (const Carried& place : carried_) start_.push_back(*Get(place));
    absl::Status status = plan_.body(Symbol{turn});
    GraphValue* again = nullptr;
    if (status.ok()) {
      auto condition = Continues();
      if (condition.ok()) again = *condition;
      status = condition.status();
    }
    Recorder::Recorded recorded = recorder_.Leave();
    SCONCE_RETURN_IF_ERROR(status);
    SCONCE_RETURN_IF_ERROR(Notice(recorded.changes));
    if (!settled_) {
      loop->destroy();
      return absl::OkStatus();
    }
    return Close(loop, body, again, recorded.changes);
  }

  // total = 0 before the loop, total += x in it.
  bool BeginsAsNumber(const Carried& place) const {
    const Value* initial = Get(place);
    const bool is_number = initial != nullptr && (IsKnownNumber(*initial) ||
                                                  IsGraphKind(*initial, c10::TypeKind::IntType) ||
                                                  IsGraphKind(*initial, c10::TypeKind::FloatType));
    return is_number && place.type->kind() == c10::TypeKind::TensorType;
  }

  absl::StatusOr<Node*> StartLoop() {
    GraphValue* count;
    if (plan_.count.has_value()) {
      SCONCE_ASSIGN_OR_RETURN(count, recorder_.Materialise(*plan_.count));
    } else {
      count = graph().insertConstant(std::numeric_limits<int64_t>::max());
    }
    // Once, however many passes there are: while (n := n - 1) > 0.
    if (plan_.condition && !begins_.has_value()) {
      SCONCE_ASSIGN_OR_RETURN(begins_, plan_.condition());
    }
    std::vector<GraphValue*> inputs = {count, nullptr};
    SCONCE_ASSIGN_OR_RETURN(inputs[1], recorder_.Materialise(begins_.value_or(true)));
    for (const Carried& place : carried_) {
      SCONCE_ASSIGN_OR_RETURN(GraphValue * value, Initial(place));
      inputs.push_back(value);
    }
    Node* loop = graph().create(torch::jit::prim::Loop, inputs, 0);
    loop->setSourceRange(interpreter_.CurrentRange());
    return graph().insertNode(loop);
  }

  // The value of a `return` in the body is there only once it has returned, and a variable that is
  // first assigned there from the second turn on.
  absl::StatusOr<GraphValue*> Initial(const Carried& place) {
    const Value* value = Get(place);
    if (value != nullptr) return Typed(*value, place.type);
    return NoValue(graph(), place.type);
  }

  // Of the type that the place is carried as.
  absl::StatusOr<GraphValue*> Typed(const Value& value, const c10::TypePtr& type) {
    SCONCE_ASSIGN_OR_RETURN(GraphValue * typed, recorder_.Materialise(value, type));
    return WidenTo(type, typed);
  }

  absl::StatusOr<GraphValue*> Continues() {
    SCONCE_ASSIGN_OR_RETURN(const Value exited, HasExited(interpreter_, plan_.scope, true));
    SCONCE_ASSIGN_OR_RETURN(Value again, interpreter_.Unary(UnaryOperator::kNot, exited));
    if (plan_.condition && !IsSame(again, Value(false))) {
      SCONCE_ASSIGN_OR_RETURN(const Value condition, plan_.condition());
      SCONCE_ASSIGN_OR_RETURN(again,
                              interpreter_.Binary(BinaryOperator::kBitAnd, again, condition));
    }
    return recorder_.Materialise(again);
  }

  static const Value* Get(const Carried& place) {
    if (place.list != nullptr) return &place.list->items[place.index];
    return place.table->Find(place.id);
  }

  void Put(const Carried& place, Value value) {
    if (place.list != nullptr) {
      interpreter_.Touch(place.list);
      place.list->items[place.index] = std::move(value);
    } else {
      interpreter_.Touch(place.table);
      place.table->Set(place.id, place.key, std::move(value));
    }
  }

  // Compares what the body left behind with what it began with.
  absl::Status Notice(const Journal::Changes& changes) {
    for (const auto& changed : changes.tables) {
      for (const Table::Entry& entry : changed.contents.entries) {
        Carried place{changed.object, nullptr, entry.id, entry.key, 0, nullptr};
        SCONCE_RETURN_IF_ERROR(NoticePlace(place, entry.value));
      }
    }
    for (const auto& changed : changes.lists) {
      const List& before = *changed.object;
      const bool grows = changed.contents.symbol != before.symbol ||
                         changed.contents.items.size() != before.items.size();
      if (before.symbol == nullptr && grows) {
        SCONCE_RETURN_IF_ERROR(NoticeGrowth(changed));
        continue;
      }
      for (size_t i = 0; i < changed.contents.items.size(); ++i) {
        Carried place{nullptr, changed.object, "", None(), i, nullptr};
        SCONCE_RETURN_IF_ERROR(NoticePlace(place, changed.contents.items[i]));
      }
    }
    return absl::OkStatus();
  }

  absl::Status NoticePlace(Carried& place, const Value& after) {
    const auto known = std::find_if(carried_.begin(), carried_.end(),
                                    [&](const Carried& other) { return other.IsAt(place); });
    const Value* before = Get(place);
    if (known != carried_.end()) before = &start_[known - carried_.begin()];
    // Flags are false before they are set; other names live within one turn only.
    const Value unset = false;
    const bool is_result = place.id == NameKey("<value>");
    const bool is_flag = before == nullptr && IsFlowName(place.id) && !is_result;
    // One that every turn sets has to be there when no turn has run.
    const bool always = IsSame(after, Value(true)) && place.id != NameKey("<continued>");
    if (is_flag && (Is<Symbol>(after) || always)) {
      before = &unset;
    }
    // What an earlier loop left unknown begins anew in each turn.
    if (before != nullptr && ObjectOf<Unknown>(*before) != nullptr) return absl::OkStatus();
    const bool is_first = before == nullptr && !is_result;
    if (is_first && !OutlivesLoop(place, after)) return absl::OkStatus();
    if (before != nullptr && IsSame(*before, after)) return absl::OkStatus();
    if (ObjectOf<Unknown>(after) != nullptr) return absl::OkStatus();
    auto type = TypeOf(after);
    absl::StatusOr<c10::TypePtr> old_type = type;
    if (known != carried_.end()) {
      old_type = known->type;
    } else if (before != nullptr) {
      old_type = TypeOf(*before);
    }
    const c10::TypePtr joined =
        type.ok() && old_type.ok() ? JoinTypes(*old_type, *type) : c10::TypePtr();
    if (joined == nullptr && is_first) return absl::OkStatus();
    if (joined == nullptr) return CannotCarry(place);
    if (known != carried_.end() && *joined == *known->type) return absl::OkStatus();
    settled_ = false;
    if (known != carried_.end()) {
      known->type = joined;
    } else {
      if (before == &unset) place.table->Set(place.id, place.key, false);
      place.type = joined;
      carried_.push_back(place);
    }
    return absl::OkStatus();
  }

  // A variable of the function that is first assigned in the body: used behind the loop, it fails
  // the requests in which the loop runs no turn.
  bool OutlivesLoop(const Carried& place, const Value& after) const {
    if (place.table != plan_.scope.names || IsFlowName(place.id)) return false;
    if (const Tuple* tuple = ObjectOf<Tuple>(after)) {
      return std::all_of(tuple->items.begin(), tuple->items.end(),
                         [&](const Value& item) { return OutlivesLoop(place, item); });
    }
    return Is<Symbol>(after) || Is<TensorValue>(after) || IsKnownNumber(after);
  }

  static absl::Status CannotCarry(const Carried& place) {
    const auto* name = std::get_if<std::string>(&place.key);
    return Unsupported(absl::StrFormat(
        "%s changes in a loop whose count depends on the input, to a value of another type or one "
        "that can't be computed for each request",
        name == nullptr ? "a value" : absl::StrFormat("\"%s\"", *name)));
  }

  absl::Status NoticeGrowth(const Journal::ChangedList& changed) {
    c10::TypePtr element;
    if (const GraphValue* list = changed.contents.symbol) {
      element = list->type()->expectRef<c10::ListType>().getElementType();
    } else if (changed.contents.items.size() < changed.object->items.size()) {
      return Unsupported("a list shrinks in a loop whose count depends on the input");
    }
    for (const Value& item : changed.contents.items) {
      SCONCE_ASSIGN_OR_RETURN(const c10::TypePtr type, TypeOf(item));
      element = element == nullptr ? type : JoinTypes(element, type);
      if (element == nullptr) {
        return Unsupported(
            "a list grows by values of different types in a loop whose count "
            "depends on the input");
      }
    }
    grown_.push_back({changed.object, element});
    settled_ = false;
    return absl::OkStatus();
  }

  // Without leaving anything in the graph: constants made on the way are unused and dropped later.
  absl::StatusOr<c10::TypePtr> TypeOf(const Value& value) {
    if (const auto* symbol = std::get_if<Symbol>(&value)) return symbol->value->type();
    if (const Tuple* tuple = ObjectOf<Tuple>(value)) {
      std::vector<c10::TypePtr> types;
      for (const Value& item : tuple->items) {
        SCONCE_ASSIGN_OR_RETURN(c10::TypePtr type, TypeOf(item));
        types.push_back(std::move(type));
      }
      return c10::TypePtr(c10::TupleType::create(std::move(types)));
    }
    if (const List* list = ObjectOf<List>(value); list != nullptr && list->symbol == nullptr) {
      c10::TypePtr element = c10::TensorType::get();
      if (!list->items.empty()) {
        SCONCE_ASSIGN_OR_RETURN(element, TypeOf(list->items.front()));
      }
      return c10::TypePtr(c10::ListType::create(element));
    }
    SCONCE_ASSIGN_OR_RETURN(GraphValue * made, recorder_.Materialise(value));
    return made->type();
  }

  absl::Status Close(Node* loop, Block* body, GraphValue* again, const Journal::Changes& changes) {
    body->registerOutput(again);
    for (const Carried& place : carried_) {
      const WithInsertPoint at_end(body);
      const Value after = After(place, changes);
      SCONCE_ASSIGN_OR_RETURN(GraphValue * value, Typed(after, place.type));
      body->registerOutput(value);
    }
    for (const Carried& place : carried_) {
      GraphValue* output = loop->addOutput()->setType(place.type);
      Put(place, recorder_.FromGraph(output));
    }
    const auto goes_on = torch::jit::toIValue(again);
    const bool to_the_end = goes_on.has_value() && goes_on->toBool();
    if (plan_.count.has_value() && !to_the_end) CountTurns(loop, body);
    return ForgetLocals(changes);
  }

  // A loop that has a count and may end before cannot be written as TorchScript text: it becomes
  // one that goes on as long as a counter of its own says.
  void CountTurns(Node* loop, Block* body) {
    GraphValue* count = loop->input(0);
    GraphValue* counter = body->addInput("counter")->setType(c10::IntType::get());
    body->inputs()[0]->replaceAllUsesWith(counter);
    {
      const WithInsertPoint before(loop);
      GraphValue* zero = graph().insertConstant(int64_t{0});
      loop->replaceInput(0, graph().insertConstant(std::numeric_limits<int64_t>::max()));
      loop->replaceInput(1, graph().insert(c10::aten::lt, {zero, count}));
      loop->addInput(zero);
    }
    const WithInsertPoint at_end(body);
    GraphValue* one = graph().insertConstant(int64_t{1});
    GraphValue* next = graph().insert(c10::aten::add, {counter, one});
    GraphValue* left = graph().insert(c10::aten::lt, {next, count});
    body->replaceOutput(0, graph().insert(c10::aten::__and__, {body->outputs()[0], left}));
    body->registerOutput(next);
    loop->addOutput()->setType(c10::IntType::get());
  }

  Value After(const Carried& place, const Journal::Changes& changes) {
    for (const auto& changed : changes.tables) {
      if (changed.object == place.table) return *changed.contents.Find(place.id);
    }
    for (const auto& changed : changes.lists) {
      if (changed.object == place.list) return changed.contents.items[place.index];
    }
    return *Get(place);
  }

  // What is first given a value in the body has none when the loop runs no turn.
  absl::Status ForgetLocals(const Journal::Changes& changes) {
    for (const auto& changed : changes.tables) {
      for (const Table::Entry& entry : changed.contents.entries) {
        if (changed.object->Find(entry.id) != nullptr || IsFlowName(entry.id)) continue;
        const auto* name = std::get_if<std::string>(&entry.key);
        interpreter_.Touch(changed.object);
        changed.object->Set(
            entry.id, entry.key,
            Own(Unknown{name == nullptr ? "?" : *name,
                        "it is first assigned within a loop whose count depends on the input; "
                        "assign it before the loop"}));
      }
    }
    return absl::OkStatus();
  }

  Interpreter& interpreter_;
  Recorder& recorder_;
  const LoopPlan& plan_;
  std::vector<Carried> carried_;
  std::vector<Value> start_;  // what the body begins with, for each of `carried_`
  std::vector<Grown> grown_;
  std::optional<Value> begins_;  // the condition before the first turn
  bool settled_ = false;
};

}  // namespace

absl::Status RecordLoop(Interpreter& interpreter, const LoopPlan& plan) {
  return LoopRecording(interpreter, plan).Run();
}

}  // namespace sconce::python
