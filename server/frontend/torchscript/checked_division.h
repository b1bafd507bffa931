// Division of whole numbers that cannot end the process. The processor traps on n % 0, and on the
// smallest number divided by -1; LibTorch's interpreter divides without asking, so that one request
// with such a number would take the daemon down.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_CHECKED_DIVISION_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_CHECKED_DIVISION_H_

#include <torch/csrc/jit/ir/ir.h>

namespace sconce {

// Writes `//`, `%`, divmod and gcd of two ints anew wherever the divisor may be 0 or -1: division
// by zero raises, and what does not fit wraps. All calls are inlined before.
void CheckDivisions(torch::jit::Graph& graph);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_CHECKED_DIVISION_H_
