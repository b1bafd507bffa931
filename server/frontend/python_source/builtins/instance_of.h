// isinstance().

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_INSTANCE_OF_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_INSTANCE_OF_H_

#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Of what only a request knows the type is known nevertheless: it is in the graph.
bool IsInstanceOf(const Value& value, const Class& type);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_INSTANCE_OF_H_
