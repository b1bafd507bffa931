// x[1, :, None, ..., mask]: indexing of tensors, as NumPy defines it.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_TENSOR_INDEX_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_TENSOR_INDEX_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

absl::StatusOr<Value> GetTensorItem(Interpreter& interpreter, const Value& tensor,
                                    const Value& index);
absl::Status SetTensorItem(Interpreter& interpreter, const Value& tensor, const Value& index,
                           const Value& value);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_TENSOR_INDEX_H_
