// The arguments of forward as inputs of a model.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_INPUTS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_INPUTS_H_

#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// What is tried for one argument.
struct Choice {
  bool is_input = true;
  c10::TypePtr type;  // null: as its annotation or its default says
};
using Choices = std::map<std::string, Choice>;

struct Input {
  std::string name;
  size_t place;  // of its parameter: 1 is the first after self
  ParameterKind kind;
  c10::TypePtr type;
  std::optional<c10::IValue> default_value;
};

// What the annotation of parameter `i` says, or else its default; null: neither says anything.
c10::TypePtr SeemingType(const Function& forward, size_t i);

bool TakesTensors(const c10::Type& type);

// `choices`: what differs from taking all arguments as inputs of the types they seem to have.
// `fixed` gets the names of those that keep their default.
absl::StatusOr<std::vector<Input>> InputsOf(Interpreter& interpreter, const Function& forward,
                                            const Choices& choices,
                                            std::vector<std::string>& fixed);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_INPUTS_H_
