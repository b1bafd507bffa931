// The layers that __init__ made as a TorchScript module: same children, parameters and buffers
// under the same names.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_MODULE_TREE_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_MODULE_TREE_H_

#include <torch/csrc/jit/api/module.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// In eval mode, without methods. Layers and tensors that are shared stay shared.
absl::StatusOr<torch::jit::Module> MakeModuleTree(
    const Value& module, const std::shared_ptr<torch::jit::CompilationUnit>& unit);

// What state_dict() gives: names and tensors, in PyTorch's order; buffers with persistent=False are
// none of it.
std::vector<std::pair<std::string, at::Tensor>> StateOf(const Value& module);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_MODULE_TREE_H_
