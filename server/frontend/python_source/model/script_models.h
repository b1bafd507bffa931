// The models that a script makes itself, made as written, with arguments that no default has.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_MODELS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_MODELS_H_

#include <string>
#include <vector>

#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"
#include "server/frontend/python_source/model/hyper_parameters.h"

namespace sconce::python {

// A variable of a file's top level: `model = Net(784, 10).to(device)`.
struct ScriptModel {
  std::string name;
  std::string file;
  Value module;
};

enum class MadeBy : uint8_t {
  kClass,    // by calling a class of modules: what else the line may do is little
  kFunction  // by calling a function of the user's
};

// What can't be run is left out: it is of training. Without the wrappers of data-parallel training.
std::vector<ScriptModel> FindScriptModels(Interpreter& interpreter, MadeBy by);

// A call of a class of modules anywhere else: in a function, a loop, a trainer's method.
struct MakingCall {
  std::string place;  // "train.py:30"
  Value type;
  Arguments arguments;  // those that the script says without being run
  // The parameters of the others; "**config": those that are not even named.
  std::vector<std::string> missing;
  absl::Status why;        // of the first of those
  bool as_stored = false;  // the checkpoint's `args` took the place of the script's
};

// In the order of the files, those with the checkpoint's values before the same without. Not those
// of layers, within the classes of modules.
std::vector<MakingCall> FindMakingCalls(Interpreter& interpreter, HyperParameters& stored);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_SCRIPT_MODELS_H_
