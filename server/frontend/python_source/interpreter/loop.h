// Loops whose number of turns only a request knows.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_LOOP_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_LOOP_H_

#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

struct LoopPlan {
  std::optional<Value> count;                           // none: as long as `condition` holds
  std::function<absl::StatusOr<Value>()> condition;     // may be null; a bool or a Symbol of one
  std::function<absl::Status(const Value& turn)> body;  // runs several times while types settle
  const Scope& scope;                                   // whose exit flags end the loop
  std::optional<Value> begins = {};  // what `condition` gave before; none: it is still to be asked
};

// A Recorder must be set.
absl::Status RecordLoop(Interpreter& interpreter, const LoopPlan& plan);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_LOOP_H_
