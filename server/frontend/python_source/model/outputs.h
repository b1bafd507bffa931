// What forward returns as the outputs of a model.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_OUTPUTS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_OUTPUTS_H_

#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// As one value of a graph. Lists become tuples, for their items may differ; objects and dicts
// become dicts of named outputs.
Value AsOutput(const Value& value);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_OUTPUTS_H_
