// The models that a script makes itself at its top level: `model = Net(784, 10).to(device)`. They
// are made as written, with arguments that no default has.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_MODELS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_MODELS_H_

#include <string>
#include <vector>

#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

struct ScriptModel {
  std::string name;  // of the variable
  std::string file;
  Value module;
};

enum class MadeBy : uint8_t {
  kClass,    // by calling a class of modules: what else the line may do is little
  kFunction  // by calling a function of the user's
};

// What can't be run is left out: it is of training.
std::vector<ScriptModel> FindScriptModels(Interpreter& interpreter, MadeBy by);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_MODELS_H_
