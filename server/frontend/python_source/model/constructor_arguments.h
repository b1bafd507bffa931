// What a model's class is called with: the user's arguments, and what the checkpoint says of those
// that the user leaves out; each in the form that the class asks for.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_CONSTRUCTOR_ARGUMENTS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_CONSTRUCTOR_ARGUMENTS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"
#include "server/frontend/python_source/model/hyper_parameters.h"

namespace sconce::python {

struct ConstructorArguments {
  Arguments arguments;
  std::vector<std::string> stored;  // what the checkpoint gave: "width (config.model)"
  bool more = false;                // the checkpoint may mean other values: see `guess`
};

// `callee`: a class, or a function that returns a module. Dicts become instances of the dataclass
// or other class of the parameter's annotation, without one of the only dataclass in its file that
// has all these fields; else objects with their entries as attributes too.
// `guess`: which of the checkpoint's values of the same name are taken, 0 the likeliest. An error:
// such a class can't be made of what is given.
absl::StatusOr<ConstructorArguments> CompleteArguments(Interpreter& interpreter,
                                                       const Value& callee, const Arguments& given,
                                                       HyperParameters& stored, size_t guess);

// Without a checkpoint's.
absl::StatusOr<Arguments> FitArguments(Interpreter& interpreter, const Value& callee,
                                       const Arguments& given);

// Names of parameters: those that arguments without a name go to, in order; and those that a call
// with `given` would lack.
std::vector<std::string> PositionalParameters(const Value& callee);
std::vector<std::string> MissingParameters(const Value& callee, const Arguments& given);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_CONSTRUCTOR_ARGUMENTS_H_
