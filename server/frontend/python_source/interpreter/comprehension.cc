#include "server/frontend/python_source/interpreter/comprehension.h"

#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/key.h"
#include "server/frontend/python_source/interpreter/loop.h"
#include "server/frontend/python_source/interpreter/python_error.h"

namespace sconce::python {
namespace {

class ComprehensionLoop {
 public:
  ComprehensionLoop(Interpreter& interpreter, const Comprehension& node, Scope& scope)
      : interpreter_(interpreter),
        node_(node),
        scope_(std::make_shared<Scope>(scope)),
        list_(std::make_shared<List>()),
        table_(std::make_shared<Table>()) {
    scope_->names = std::make_shared<Table>();
    scope_->outer = scope.is_class_body ? scope.shared_from_this() : ClosureOf(scope);
    scope_->is_class_body = false;
  }

  absl::StatusOr<Value> Run() {
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
  absl::Status RunClause(size_t i) {
    if (i == node_.clauses.size()) return Add();
    const ComprehensionClause& clause = node_.clauses[i];
    SCONCE_ASSIGN_OR_RETURN(const Value iterable, interpreter_.Evaluate(*clause.iterable, *scope_));
    SCONCE_ASSIGN_OR_RETURN(const Value items, interpreter_.IterableOf(iterable));
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
    for (const ExprPtr& condition : clause.conditions) {
      SCONCE_ASSIGN_OR_RETURN(const Value holds, interpreter_.Evaluate(*condition, *scope_));
      SCONCE_ASSIGN_OR_RETURN(
          const bool known, interpreter_.KnownTruth(holds, "the condition of this comprehension"));
      if (!known) return absl::OkStatus();
    }
    return RunClause(i + 1);
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
  return ComprehensionLoop(interpreter, node, scope).Run();
}

std::shared_ptr<Scope> ClosureOf(Scope& scope) {
  if (scope.is_class_body) return scope.outer;
  return scope.weak_from_this().lock();
}

}  // namespace sconce::python
