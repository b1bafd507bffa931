#include "server/frontend/python_source/interpreter/flow.h"

#include <array>
#include <utility>

#include "server/base/status_macros.h"

namespace sconce::python {
namespace {

constexpr std::array<std::string_view, 3> kFlags = {"<returned>", "<broken>", "<continued>"};
constexpr std::string_view kReturnValue = "<value>";
constexpr std::string_view kYielded = "<yielded>";

}  // namespace

Value ExitFlag(const Scope& scope, Exit exit) {
  const Value* flag = scope.names->Get(kFlags[static_cast<size_t>(exit)]);
  return flag == nullptr ? Value(false) : *flag;
}

void SetExitFlag(Interpreter& interpreter, Scope& scope, Exit exit, bool set) {
  const std::string_view name = kFlags[static_cast<size_t>(exit)];
  const Value* flag = scope.names->Get(name);
  if (flag == nullptr && !set) return;
  interpreter.Touch(scope.names);
  scope.names->Put(name, set);
}

void SetReturnValue(Interpreter& interpreter, Scope& scope, Value value) {
  interpreter.Touch(scope.names);
  scope.names->Put(kReturnValue, std::move(value));
}

Value ReturnValue(const Scope& scope) {
  const Value* value = scope.names->Get(kReturnValue);
  return value == nullptr ? Value(None()) : *value;
}

absl::StatusOr<Value> HasExited(Interpreter& interpreter, const Scope& scope, bool loop) {
  Value exited = false;
  for (const Exit exit : {Exit::kReturned, Exit::kBroken, Exit::kContinued}) {
    if (loop && exit == Exit::kContinued) continue;
    const Value flag = ExitFlag(scope, exit);
    if (const auto* known = std::get_if<bool>(&flag)) {
      if (*known) return Value(true);
    } else if (Is<bool>(exited)) {
      exited = flag;
    } else {
      SCONCE_ASSIGN_OR_RETURN(exited, interpreter.Binary(BinaryOperator::kBitOr, exited, flag));
    }
  }
  return exited;
}

absl::Status UnlessExited(Interpreter& interpreter, Scope& scope, const Value& exited,
                          const std::function<absl::Status()>& rest) {
  const auto nothing = [] { return absl::StatusOr<Value>(None()); };
  const auto go_on = [&]() -> absl::StatusOr<Value> {
    // In here the flags are known to be unset.
    for (const Exit exit : {Exit::kReturned, Exit::kBroken, Exit::kContinued}) {
      SetExitFlag(interpreter, scope, exit, false);
    }
    SCONCE_RETURN_IF_ERROR(rest());
    return None();
  };
  return interpreter.Choose(Interpreter::Test(exited), nothing, go_on).status();
}

void StartYielding(Scope& scope) { scope.names->Put(kYielded, ListOf({})); }

Value Yielded(const Scope& scope) {
  const Value* list = scope.names->Get(kYielded);
  return list == nullptr ? Value(None()) : *list;
}

bool IsFlowName(std::string_view id) { return id.size() > 1 && id[1] == '<'; }

}  // namespace sconce::python
