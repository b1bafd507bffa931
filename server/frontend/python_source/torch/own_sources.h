// The text of Sconce's own torch.nn, which is part of the program.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_TORCH_OWN_SOURCES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_TORCH_OWN_SOURCES_H_

#include <optional>
#include <string>
#include <string_view>

namespace sconce::python {

// "torch.nn.modules.linear" → the text of torch/nn/modules/linear.py; of a package its __init__.py.
std::optional<std::string_view> OwnSource(const std::string& module);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_TORCH_OWN_SOURCES_H_
