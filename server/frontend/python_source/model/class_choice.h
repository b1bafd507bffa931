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
#include "server/frontend/python_source/model/module_maker.h"

namespace sconce::python {

// `name`: a class, a function that returns a module, or a variable that holds one; or an expression
// ("Net(3, Block)"). Empty: names and shapes of `weights` decide between every class of the source,
// made with `arguments` and, for those left out, with what `checkpoint` (null: none) says; and what
// the source itself makes at its top level. FAILED_PRECONDITION: none fits (what differs is
// listed), or several do (they are listed).
absl::StatusOr<ChosenModule> ChooseModule(Interpreter& interpreter, const std::string& name,
                                          const Arguments& arguments,
                                          const std::vector<StoredTensor>& weights,
                                          TorchFile* checkpoint);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_CLASS_CHOICE_H_
