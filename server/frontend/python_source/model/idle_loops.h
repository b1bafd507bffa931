// Loops of a graph in which nothing is left to do.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_IDLE_LOOPS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_IDLE_LOOPS_H_

#include <torch/csrc/jit/ir/ir.h>

namespace sconce::python {

// Removes them; whether there were any. LibTorch's dead code elimination keeps a loop whose results
// nobody reads, and writes it without a body, which no reader of the archive takes.
// (torch/csrc/jit/serialization/ python_print.cpp, emitLoop)
bool RemoveIdleLoops(torch::jit::Graph& graph);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_IDLE_LOOPS_H_
