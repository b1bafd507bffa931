// [f(x) for x in items if g(x)], and its likes of sets, dicts and generators. A generator is worked
// out at once.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_COMPREHENSION_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_COMPREHENSION_H_

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Null: it is no generator expression.
const Comprehension* AsGenerator(const Expr& expr);

// list.extend(generator) and list += generator: each step sees what the one before has added.
absl::Status ExtendByGenerator(Interpreter& interpreter, const std::shared_ptr<List>& list,
                               const Comprehension& node, Scope& scope);

absl::StatusOr<Value> EvaluateComprehension(Interpreter& interpreter, const Comprehension& node,
                                            Scope& scope);

// Where a function that is defined in `scope` finds the names around it; null at a module's top.
std::shared_ptr<Scope> ClosureOf(Scope& scope);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_COMPREHENSION_H_
