// Values as Python prints them: what people see of a model's defaults.

#ifndef SCONCE_SERVER_RUNTIME_PYTHON_TEXT_H_
#define SCONCE_SERVER_RUNTIME_PYTHON_TEXT_H_

#include <ATen/core/ivalue.h>

#include <string>

namespace sconce {

// repr() of None, numbers, strings and lists of them: "None", "0.5", "'mean'", "[1, 2]". "..." for
// what has no short text.
std::string PythonText(const c10::IValue& value);

}  // namespace sconce

#endif  // SCONCE_SERVER_RUNTIME_PYTHON_TEXT_H_
