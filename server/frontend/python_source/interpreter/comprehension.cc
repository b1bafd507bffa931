#include "server/frontend/python_source/interpreter/comprehension.h"

#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/loop.h"
#include "server/frontend/python_source/interpreter/python_error.h"
#include "server/frontend/python_source/interpreter/sequences.h"

namespace sconce::python {
namespace {

class ComprehensionLoop : public std::enable_shared_from_this<ComprehensionLoop> {
 public:
  ComprehensionLoop(Interpreter& interpreter, const Comprehension& node, Scope& scope,
                    std::shared_ptr<List> list)
      : interpreter_(interpreter),
        node_(node),
        scope_(std::make_shared<Scope>(scope)),
        list_(std::move(list)),
        table_(std::make_shared<Table>()) {
    scope_->names = std::make_shared<Table>();
    scope_->outer = scope.is_class_body ? scope.shared_from_this() : ClosureOf(scope);
    scope_->is_class_body = false;
  }

  // Into the list, at once.
  absl::Status RunSteps() { return RunClause(0); }

  absl::StatusOr<Value> Run() {
    const auto& clauses = node_.clauses;
    if (node_.kind == ComprehensionKind::kGenerator && clauses.size() == 1 &&
        clauses[0].conditions.empty()) {
      return Generator(clauses[0]);
    }
    SCONCE_RETURN_IF_ERROR(RunClause(0));
    switch (node_.kind) {
      case ComprehensionKind::kDict:
        return Dict{table_};
      case ComprehensionKind::kSet:
        return Set{table_};
      default:
        return Value(list_);
    }
  }

 private:
  absl::StatusOr<Value> ItemsOf(const ComprehensionClause& clause) {
    SCONCE_ASSIGN_OR_RETURN(const Value iterable, interpreter_.Evaluate(*clause.iterable, *scope_));
    return interpreter_.IterableOf(iterable);
  }

  // Where only a request knows how many items there are, each is made when it is asked for.
  absl::StatusOr<Value> Generator(const ComprehensionClause& clause) {
    SCONCE_ASSIGN_OR_RETURN(const Value items, ItemsOf(clause));
    const Sequence* sequence = ObjectOf<Sequence>(items);
    if (sequence == nullptr) {
      SCONCE_RETURN_IF_ERROR(RunItems(clause, items, 0));
      return Value(list_);
    }
    return Mapped(*sequence,
                  [self = shared_from_this(), &clause](Interpreter& running,
                                                       const Value& item) -> absl::StatusOr<Value> {
                    SCONCE_RETURN_IF_ERROR(running.Assign(*clause.target, item, *self->scope_));
                    return running.Evaluate(*self->node_.element, *self->scope_);
                  });
  }

  absl::Status RunClause(size_t i) {
    if (i == node_.clauses.size()) return Add();
    SCONCE_ASSIGN_OR_RETURN(const Value items, ItemsOf(node_.clauses[i]));
    return RunItems(node_.clauses[i], items, i);
  }

  absl::Status RunItems(const ComprehensionClause& clause, const Value& items, size_t i) {
    if (const Sequence* sequence = ObjectOf<Sequence>(items)) {
      const LoopPlan plan{sequence->length, nullptr,
                          [&](const Value& turn) -> absl::Status {
                            SCONCE_ASSIGN_OR_RETURN(const Value item,
                                                    sequence->at(interpreter_, turn));
                            return RunItem(clause, item, i);
                          },
                          *scope_};
      return RecordLoop(interpreter_, plan);
    }
    for (const Value& item : ObjectOf<Tuple>(items)->items) {
      SCONCE_RETURN_IF_ERROR(RunItem(clause, item, i));
    }
    return absl::OkStatus();
  }

  absl::Status RunItem(const ComprehensionClause& clause, const Value& item, size_t i) {
    SCONCE_RETURN_IF_ERROR(interpreter_.Assign(*clause.target, item, *scope_));
    return RunIf(clause, 0, i);
  }

  // What the item gives where the conditions from the given one on hold.
  absl::Status RunIf(const ComprehensionClause& clause, size_t condition, size_t i) {
    if (condition == clause.conditions.size()) return RunClause(i + 1);
    SCONCE_ASSIGN_OR_RETURN(const Interpreter::Test test,
                            interpreter_.EvaluateTest(*clause.conditions[condition], *scope_));
    const auto run = [&]() -> absl::StatusOr<Value> {
      SCONCE_RETURN_IF_ERROR(RunIf(clause, condition + 1, i));
      return None();
    };
    return interpreter_.Choose(test, run, [] { return None(); }).status();
  }

  absl::Status Add() {
    SCONCE_ASSIGN_OR_RETURN(const Value element, interpreter_.Evaluate(*node_.element, *scope_));
    if (node_.kind == ComprehensionKind::kList || node_.kind == ComprehensionKind::kGenerator) {
      return interpreter_.Append(list_, element);
    }
    Value value;
    if (node_.kind == ComprehensionKind::kDict) {
      SCONCE_ASSIGN_OR_RETURN(value, interpreter_.Evaluate(*node_.value, *scope_));
    }
    SCONCE_ASSIGN_OR_RETURN(const std::string id, KeyOf(element));
    interpreter_.Touch(table_);
    table_->Set(id, element, std::move(value));
    return absl::OkStatus();
  }

  Interpreter& interpreter_;
  const Comprehension& node_;
  std::shared_ptr<Scope> scope_;
  std::shared_ptr<List> list_;
  std::shared_ptr<Table> table_;
};

}  // namespace

absl::StatusOr<Value> EvaluateComprehension(Interpreter& interpreter, const Comprehension& node,
                                            Scope& scope) {
  return std::make_shared<ComprehensionLoop>(interpreter, node, scope, std::make_shared<List>())
      ->Run();
}

absl::Status ExtendByGenerator(Interpreter& interpreter, const std::shared_ptr<List>& list,
                               const Comprehension& node, Scope& scope) {
  return std::make_shared<ComprehensionLoop>(interpreter, node, scope, list)->RunSteps();
}

const Comprehension* AsGenerator(const Expr& expr) {
  const auto* node = std::get_if<Comprehension>(&expr.node);
  return node != nullptr && node->kind == ComprehensionKind::kGenerator ? node : nullptr;
}

std::shared_ptr<Scope> ClosureOf(Scope& scope) {
  if (scope.is_class_body) return scope.outer;
  return scope.weak_from_this().lock();
}

}  // namespace sconce::python
