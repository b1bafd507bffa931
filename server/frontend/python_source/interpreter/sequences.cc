#include "server/frontend/python_source/interpreter/sequences.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/graph_types.h"
#include "server/frontend/python_source/interpreter/loop.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/recorder.h"

namespace sconce::python {
namespace {

constexpr int kMostLayers = 20;

class FoldInGraph {
 public:
  FoldInGraph(Interpreter& interpreter, std::string_view function, const Sequence& sequence,
              const std::optional<Value>& start, const FoldStep& step)
      : interpreter_(interpreter),
        function_(function),
        sequence_(sequence),
        start_(start),
        step_(step) {}

  absl::StatusOr<Value> Run() {
    SCONCE_ASSIGN_OR_RETURN(const Value some, interpreter_.Compare(CompareOperator::kGreater,
                                                                   sequence_.length, int64_t{0}));
    Value result;
    const auto fold = [&]() -> absl::StatusOr<Value> {
      SCONCE_ASSIGN_OR_RETURN(result, FoldAll());
      return result;
    };
    return interpreter_.Choose(Interpreter::Test(some), fold, [&] { return Nothing(result); });
  }

 private:
  absl::StatusOr<Value> FoldAll() {
    SCONCE_ASSIGN_OR_RETURN(Value first, sequence_.at(interpreter_, int64_t{0}));
    if (start_.has_value()) {
      SCONCE_ASSIGN_OR_RETURN(first, step_(*start_, first));
    }
    const auto scope = std::make_shared<Scope>();
    scope->names = std::make_shared<Table>();
    scope->names->Put("result", std::move(first));
    SCONCE_ASSIGN_OR_RETURN(const Value rest, interpreter_.Binary(BinaryOperator::kSubtract,
                                                                  sequence_.length, int64_t{1}));
    const auto turn = [&](const Value& index) -> absl::Status {
      SCONCE_ASSIGN_OR_RETURN(const Value next,
                              interpreter_.Binary(BinaryOperator::kAdd, index, int64_t{1}));
      SCONCE_ASSIGN_OR_RETURN(const Value item, sequence_.at(interpreter_, next));
      SCONCE_ASSIGN_OR_RETURN(Value result, step_(*scope->names->Get("result"), item));
      return interpreter_.Bind("result", std::move(result), *scope);
    };
    SCONCE_RETURN_IF_ERROR(RecordLoop(interpreter_, {rest, nullptr, turn, *scope}));
    return *scope->names->Get("result");
  }

  // Of no items: the start, where it is of the type that all others have.
  absl::StatusOr<Value> Nothing(const Value& otherwise) {
    const auto nothing = [&](std::string_view why) {
      return Raised("ValueError", absl::StrFormat("%s() of nothing%s", function_, why));
    };
    if (!start_.has_value()) return nothing("");
    SCONCE_ASSIGN_OR_RETURN(torch::jit::Value * a, interpreter_.recorder()->Materialise(*start_));
    SCONCE_ASSIGN_OR_RETURN(torch::jit::Value * b, interpreter_.recorder()->Materialise(otherwise));
    if (JoinTypes(a->type(), b->type()) != nullptr) return *start_;
    return nothing(", where another request has tensors");
  }

  Interpreter& interpreter_;
  std::string_view function_;
  const Sequence& sequence_;
  const std::optional<Value>& start_;
  const FoldStep& step_;
};

}  // namespace

absl::Status Layer(const Sequence& inner, Sequence& outer) {
  outer.depth = std::max(outer.depth, inner.depth + 1);
  if (outer.depth <= kMostLayers) return absl::OkStatus();
  return Raised("RecursionError", "enumerate, zip, map and reversed nest too deeply");
}

absl::StatusOr<Value> Mapped(const Sequence& inner, MapStep each) {
  Sequence mapped;
  mapped.length = inner.length;
  SCONCE_RETURN_IF_ERROR(Layer(inner, mapped));
  mapped.at = [at = inner.at, each = std::move(each)](Interpreter& interpreter,
                                                      const Value& index) -> absl::StatusOr<Value> {
    SCONCE_ASSIGN_OR_RETURN(const Value item, at(interpreter, index));
    return each(interpreter, item);
  };
  return Own(std::move(mapped));
}

absl::StatusOr<Value> ListOfAll(Interpreter& interpreter, const Value& iterable) {
  if (ListInGraph(iterable) != nullptr) return Joined(interpreter, {}, iterable);
  SCONCE_ASSIGN_OR_RETURN(const Value items, interpreter.IterableOf(iterable));
  if (const Tuple* known = ObjectOf<Tuple>(items)) return ListOf(known->items);
  const Sequence& sequence = *ObjectOf<Sequence>(items);
  auto list = std::make_shared<List>();
  const auto scope = std::make_shared<Scope>();
  scope->names = std::make_shared<Table>();
  const auto turn = [&](const Value& index) -> absl::Status {
    SCONCE_ASSIGN_OR_RETURN(const Value item, sequence.at(interpreter, index));
    return interpreter.Append(list, item);
  };
  SCONCE_RETURN_IF_ERROR(RecordLoop(interpreter, {sequence.length, nullptr, turn, *scope}));
  return Value(std::move(list));
}

absl::StatusOr<Value> Joined(Interpreter& interpreter, const std::vector<Value>& before,
                             const Value& list, const std::vector<Value>& after) {
  Value all = list;
  if (!before.empty()) {
    SCONCE_ASSIGN_OR_RETURN(all,
                            interpreter.CallOperator("aten::add", {{ListOf(before), all}, {}}));
  }
  if (!after.empty()) {
    SCONCE_ASSIGN_OR_RETURN(all, interpreter.CallOperator("aten::add", {{all, ListOf(after)}, {}}));
  }
  if (before.empty() && after.empty()) {
    SCONCE_ASSIGN_OR_RETURN(all, interpreter.CallOperator("aten::list", {{all}, {}}));
  }
  auto made = std::make_shared<List>();
  made->symbol = ListInGraph(all);
  return Value(std::move(made));
}

absl::StatusOr<Value> StretchedSequence(Interpreter& interpreter, Stretch stretch) {
  const auto all = std::make_shared<const Stretch>(std::move(stretch));
  const auto known = static_cast<int64_t>(all->before.size() + all->after.size());
  Sequence sequence;
  SCONCE_ASSIGN_OR_RETURN(const Value length, interpreter.Length(all->list));
  SCONCE_ASSIGN_OR_RETURN(sequence.length, interpreter.Binary(BinaryOperator::kAdd, length, known));
  sequence.at = [all](Interpreter&, const Value& index) -> absl::StatusOr<Value> {
    const auto* place = std::get_if<int64_t>(&index);
    const bool is_before =
        place != nullptr && *place >= 0 && *place < static_cast<int64_t>(all->before.size());
    if (is_before) return all->before[*place];
    return Unsupported("values of different types, whose number only a request knows, are no list");
  };
  sequence.stretch = all;
  return Own(std::move(sequence));
}

absl::StatusOr<Value> Fold(Interpreter& interpreter, std::string_view function,
                           const Value& iterable, const std::optional<Value>& start,
                           const FoldStep& step) {
  SCONCE_ASSIGN_OR_RETURN(const Value items, interpreter.IterableOf(iterable));
  if (const Sequence* sequence = ObjectOf<Sequence>(items)) {
    return FoldInGraph(interpreter, function, *sequence, start, step).Run();
  }
  std::optional<Value> result = start;
  for (const Value& item : ObjectOf<Tuple>(items)->items) {
    if (!result.has_value()) {
      result = item;
      continue;
    }
    SCONCE_ASSIGN_OR_RETURN(result, step(*result, item));
  }
  if (result.has_value()) return *result;
  return Raised("ValueError", absl::StrFormat("%s() of nothing", function));
}

}  // namespace sconce::python
