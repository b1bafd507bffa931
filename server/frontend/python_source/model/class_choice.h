// Which class of the source is the model: the one whose weights these are.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_CLASS_CHOICE_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_CLASS_CHOICE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/tensors/stored_tensor.h"
#include "server/formats/torch/torch_file.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

struct ChosenModule {
  std::string class_name;
  Value module;  // as its __init__ left it
};

// `name`: a class or a function that returns a module; empty: every class of the source is tried
// with `arguments`, and names and shapes of `weights` decide. What `checkpoint` (null: none) says
// of other arguments is used unless the weights fit without it only. FAILED_PRECONDITION: none fits
// (what differs is listed), or several do (they are listed).
absl::StatusOr<ChosenModule> ChooseModule(Interpreter& interpreter, const std::string& name,
                                          const Arguments& arguments,
                                          const std::vector<StoredTensor>& weights,
                                          TorchFile* checkpoint);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_CLASS_CHOICE_H_
