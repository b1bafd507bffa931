// Values as text: str(), repr(), f"{x:>8.3f}", "%s" % x. What only a request knows reads as the
// name of its value: such texts are for error messages, logs and keys.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_TEXT_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// format(value, spec). ValueError: a spec that Python or this subset does not know.
absl::StatusOr<Value> FormatValue(Interpreter& interpreter, const Value& value,
                                  const std::string& spec);

// "{} {0} {name:.2f}".format(…)
absl::StatusOr<Value> FormatText(Interpreter& interpreter, const std::string& text,
                                 const Arguments& arguments);

// text % values
absl::StatusOr<Value> PercentFormat(Interpreter& interpreter, const std::string& text,
                                    const Value& values);

// FAILED_PRECONDITION: the text has what only a request knows in it, so that nobody can
// compare or measure it here.
absl::Status CheckTextKnown(const Value& value);
// The same of a key among others that are known.
absl::Status CheckKeyKnown(const Value& key, const Table& table);
// For people to read.
std::string WithoutMarks(std::string text);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_TEXT_H_
