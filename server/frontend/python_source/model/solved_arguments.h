// Whole numbers that nobody gave: a class whose sizes come from data (`Net(X.shape[1],
// len(vocab))`) has the names and shapes of its weights with one choice of them alone.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SOLVED_ARGUMENTS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SOLVED_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"
#include "server/frontend/python_source/model/state_shapes.h"

namespace sconce::python {

struct SolvedModule {
  Value module;
  std::vector<std::pair<std::string, int64_t>> numbers;  // by the parameter's name
};

// `missing`: parameters of `callee` that `given` leaves out. Tries sizes of the weights and small
// numbers. Nullopt: none fits, or others that were tried do too. `budget`: steps of work, for all
// that is solved of one model.
std::optional<SolvedModule> SolveArguments(Interpreter& interpreter, const Value& callee,
                                           const Arguments& given,
                                           const std::vector<std::string>& missing,
                                           const Shapes& weights, uint64_t& budget);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SOLVED_ARGUMENTS_H_
