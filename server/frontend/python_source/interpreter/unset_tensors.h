// Tensors whose values nobody has set while a model is built: the weights come later.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_UNSET_TENSORS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_UNSET_TENSORS_H_

#include <ATen/core/Tensor.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Memory counts, not tensors: a view of what is unset is unset too.
class UnsetTensors {
 public:
  void Add(const at::Tensor& tensor);
  bool Has(const at::Tensor& tensor) const;

  // Before an operator of a request: what it overwrites as a whole is set from then on.
  void Overwrite(const std::string& operator_name, const std::vector<Value>& arguments);

  // After an operator has run: `result` is unset where it was computed from what is.
  void Follow(const std::string& operator_name, const std::vector<Value>& arguments,
              const Value& result);

 private:
  bool Holds(const Value& value) const;

  // With the tensor that keeps the memory alive.
  std::unordered_map<const c10::StorageImpl*, at::Tensor> held_;
};

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_UNSET_TENSORS_H_
