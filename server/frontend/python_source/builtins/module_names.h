// globals() and module.__dict__.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_MODULE_NAMES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_MODULE_NAMES_H_

#include <memory>

#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// The names of a module of Python as an object that is asked like a dict: its top level runs as far
// as it is asked for.
Value ModuleNames(Interpreter& interpreter, const std::shared_ptr<Namespace>& module);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_MODULE_NAMES_H_
