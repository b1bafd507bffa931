// Attributes and methods of the types that are not written in Python here: texts, lists, dicts,
// numbers, tensors.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_METHODS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_METHODS_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// Nullopt: the type has no such attribute.
absl::StatusOr<std::optional<Value>> FindMethod(Interpreter& interpreter, const Value& object,
                                                const std::string& name);

// Of one type each; FindMethod chooses.
absl::StatusOr<std::optional<Value>> FindTextMethod(const std::string& text,
                                                    const std::string& name);
absl::StatusOr<std::optional<Value>> FindListMethod(const std::shared_ptr<List>& list,
                                                    const std::string& name);
absl::StatusOr<std::optional<Value>> FindTupleMethod(Interpreter& interpreter,
                                                     const std::shared_ptr<Tuple>& tuple,
                                                     const std::string& name);
absl::StatusOr<std::optional<Value>> FindDictMethod(const Value& dict, const std::string& name);
absl::StatusOr<std::optional<Value>> FindNumberMethod(const Value& number, const std::string& name);
absl::StatusOr<std::optional<Value>> FindTensorMethod(Interpreter& interpreter, const Value& tensor,
                                                      const std::string& name);

// tensor.data = …, tensor.requires_grad = ….
absl::Status SetTensorAttribute(Interpreter& interpreter, const Value& tensor,
                                const std::string& name, const Value& value);

// A method of a native class. What it gets first is an object of that class: through the class
// (partial.__call__(3)) code may call it with anything, which is a TypeError.
void AddMethod(const std::shared_ptr<Class>& type, const std::string& name, Builtin::Call call);

// A function of C++ as a value.
Value Native(std::string name, std::function<absl::StatusOr<Value>(Interpreter&, Arguments)> call);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_METHODS_H_
