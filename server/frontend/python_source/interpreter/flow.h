// How a block ended. Kept among the names of its scope, so that a data-dependent `return` joins
// like any other change: each flag is a bool, or a Symbol of one.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_FLOW_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_FLOW_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

enum class Exit : uint8_t { kReturned, kBroken, kContinued };

Value ExitFlag(const Scope& scope, Exit exit);
void SetExitFlag(Interpreter& interpreter, Scope& scope, Exit exit, bool set);
void SetReturnValue(Interpreter& interpreter, Scope& scope, Value value);
Value ReturnValue(const Scope& scope);  // None when nothing was returned

// Whether what follows in the block still runs: false, true, or a Symbol. `loop`: only what also
// ends the loop around (not `continue`).
absl::StatusOr<Value> HasExited(Interpreter& interpreter, const Scope& scope, bool loop = false);

// What comes after something that may have ended the block, where only a request knows whether it
// has: runs `rest` in the branch where it has not.
absl::Status UnlessExited(Interpreter& interpreter, Scope& scope, const Value& exited,
                          const std::function<absl::Status()>& rest);

// What a generator has yielded so far: a list. A generator runs to its end when it is called.
void StartYielding(Scope& scope);
Value Yielded(const Scope& scope);  // None: this is no generator
// Names that no program can use.
bool IsFlowName(std::string_view id);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_FLOW_H_
