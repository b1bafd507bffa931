// Keyword arguments as a dict, and a dict as keyword arguments.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_KEYWORDS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_KEYWORDS_H_

#include "absl/status/status.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// What **keywords is in a function.
Value KeywordsOf(const Arguments& arguments);

// f(**dict). TypeError: it is no dict, or one of its keys is no text.
absl::Status AddKeywords(const Value& dict, Arguments& arguments);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_KEYWORDS_H_
