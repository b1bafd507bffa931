// A tensor as people read it: as NumPy prints arrays, shortened when large.

#ifndef SCONCE_CLIENT_CLI_TENSOR_TEXT_H_
#define SCONCE_CLIENT_CLI_TENSOR_TEXT_H_

#include <string>

#include "client/tensor.h"

namespace sconce::cli {

// "output FP32[2,3]" and the elements below, six digits each. Above 1000 elements only the first
// and last three of every dimension. REQUIRES: CheckTensor(tensor) is OK.
std::string TensorText(const Tensor& tensor);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_TENSOR_TEXT_H_
