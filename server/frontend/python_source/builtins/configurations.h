// Objects that hold a model's configuration.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_CONFIGURATIONS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_CONFIGURATIONS_H_

#include <memory>
#include <string>

#include "server/frontend/python_source/interpreter/library.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// A dict whose entries are its attributes too, and those of the dicts in it: what code that says
// config.width and code that says config["width"] both take. Shares the table.
Value AttributeDictOf(const Library& library, std::shared_ptr<Table> table);

// The class of objects that are made from their attributes: types.SimpleNamespace.
Value NamespaceClass(const Library& library, std::string module);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_CONFIGURATIONS_H_
