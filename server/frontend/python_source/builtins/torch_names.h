// Which operators torch has.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_TORCH_NAMES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_TORCH_NAMES_H_

#include <string>

namespace sconce::python {

// "relu": whether there is an aten::relu.
bool IsTorchOperator(const std::string& name);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_TORCH_NAMES_H_
