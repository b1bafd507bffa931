// Arguments of native functions.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_ARGUMENTS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_ARGUMENTS_H_

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

// The values for `names` in order, given by position or keyword; the first `required` must be
// there. TypeError: too many, unknown keywords, or missing ones.
absl::StatusOr<std::vector<std::optional<Value>>> Take(
    std::string_view function, Arguments arguments, std::initializer_list<std::string_view> names,
    size_t required);

// The value given by keyword; null: it is not.
const Value* Keyword(const Arguments& arguments, std::string_view name);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_BUILTINS_ARGUMENTS_H_
