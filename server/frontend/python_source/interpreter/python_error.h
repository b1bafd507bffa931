// Errors of the interpreter are values like all errors here. Two kinds: what Python itself would
// raise (and `except` may catch), and what this interpreter can't do or know.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_PYTHON_ERROR_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_PYTHON_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace sconce::python {

// An exception of Python; `exception` is its class: "ValueError".
absl::Status Raised(std::string_view exception, std::string_view message);
// The class of the exception; empty: no exception of Python.
std::string RaisedClass(const absl::Status& status);
// What str(e) gives: the message without class and place.
std::string RaisedText(const absl::Status& status);

// The same exception as one that the code itself asks for, with `raise` or `assert`.
absl::Status AsMeant(absl::Status status);
bool IsMeant(const absl::Status& status);

// Valid Python that Sconce does not run. The message should say what would work instead.
absl::Status Unsupported(std::string_view message);

// A value of one request that was kept where code runs once, for all of them.
absl::Status OfOneRequest();

// The same error with its place in the source around its message. An error keeps the first place
// it got, the innermost.
absl::Status WithPlace(const absl::Status& status, std::string_view pointed_message);
bool HasPlace(const absl::Status& status);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_PYTHON_ERROR_H_
