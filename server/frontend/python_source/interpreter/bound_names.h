// Which names a statement binds in its scope, found without running it.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_BOUND_NAMES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_BOUND_NAMES_H_

#include <string>
#include <vector>

#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

// Assignments, definitions and imports, also within if, for, while, with and try. `import *` gives
// "*".
std::vector<std::string> BoundNames(const Stmt& stmt);

// Names whose objects have a method called for its effect: parser.add_argument(…), sizes.append(3);
// setattr(x, …); loops over what a method gives; also within if, for, while, with and try.
std::vector<std::string> ChangedNames(const Stmt& stmt);

// Of a statement that changes the object of `name` and nothing else: whether that is its make-up,
// if it is a model, and no step of training. model.double(), model.add_module(…), setattr(model,
// …), for layer in model.modules(): layer.eps = 0.1.
bool ChangesMakeUp(const Stmt& stmt, const std::string& name);

// For `b = a.method(…)` the name a, else null: changes to b may be changes to a.
const std::string* PartOf(const Stmt& stmt);

// The names that a definition's decorators begin with: "register" of @register("net"), "MODELS" of
// @MODELS.register. None of any other statement.
std::vector<std::string> DecoratorNames(const Stmt& stmt);

// The names that calling the function may change: MODELS of `MODELS[name] = cls`, in functions
// within it too.
std::vector<std::string> NamesChangedBy(const FunctionDef& function);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_BOUND_NAMES_H_
