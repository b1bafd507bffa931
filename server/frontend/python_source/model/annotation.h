// Types of arguments from their annotations.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_ANNOTATION_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_ANNOTATION_H_

#include <ATen/core/jit_type.h>

#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

// "Optional[Tensor]", "List[int]", "torch.Tensor | None". Null: a type that a graph does not have.
c10::TypePtr TypeOfAnnotation(const Expr& annotation);

// The same of its text: "Tuple[Tensor, Tensor]".
c10::TypePtr TypeOfText(const std::string& text);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_ANNOTATION_H_
