// Types of values that meet where branches join or a loop turns.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_GRAPH_TYPES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_GRAPH_TYPES_H_

#include <torch/csrc/jit/ir/ir.h>

namespace sconce::python {

// The type that takes both; null: there is none. Python's numbers mix, TorchScript's do not: of an
// int and a float it is float, of a bool and an int it is int, of a number and a tensor it is a
// tensor.
c10::TypePtr JoinTypes(const c10::TypePtr& a, const c10::TypePtr& b);

// `value` as JoinTypes promised it: a number becomes one of a wider kind at the graph's insert
// point.
torch::jit::Value* WidenTo(const c10::TypePtr& type, torch::jit::Value* value);

// A value of that type where none is read, at the graph's insert point. Tuples come apart.
torch::jit::Value* NoValue(torch::jit::Graph& graph, const c10::TypePtr& type);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_GRAPH_TYPES_H_
