// Constants of a graph that forward writes to.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_WRITTEN_CONSTANTS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_WRITTEN_CONSTANTS_H_

#include <torch/csrc/jit/ir/ir.h>

namespace sconce::python {

// A tensor that is neither parameter nor buffer is a constant of the graph. One that may be written
// to in place, itself or through a view, becomes a copy in each request: LibTorch takes constants
// for unchanging, and no request may see what another one wrote.
void CopyWrittenConstants(torch::jit::Graph& graph);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_WRITTEN_CONSTANTS_H_
