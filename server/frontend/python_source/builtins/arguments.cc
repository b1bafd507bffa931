#include "server/frontend/python_source/builtins/arguments.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/frontend/python_source/interpreter/python_error.h"

namespace sconce::python {

absl::StatusOr<std::vector<std::optional<Value>>> Take(
    std::string_view function, Arguments arguments, std::initializer_list<std::string_view> names,
    size_t required) {
  if (arguments.positional.size() > names.size()) {
    return Raised("TypeError", absl::StrFormat("%s() takes at most %d arguments, got %d", function,
                                               names.size(), arguments.positional.size()));
  }
  std::vector<std::optional<Value>> taken(names.size());
  for (size_t i = 0; i < arguments.positional.size(); ++i) {
    taken[i] = std::move(arguments.positional[i]);
  }
  for (auto& [keyword, value] : arguments.keywords) {
    const auto* found = std::find(names.begin(), names.end(), keyword);
    if (found == names.end()) {
      return Raised("TypeError", absl::StrFormat("%s() got an unexpected keyword argument '%s'",
                                                 function, keyword));
    }
    taken[found - names.begin()] = std::move(value);
  }
  for (size_t i = 0; i < required; ++i) {
    if (taken[i].has_value()) continue;
    return Raised("TypeError", absl::StrFormat("%s() is missing its argument '%s'", function,
                                               *(names.begin() + i)));
  }
  return taken;
}

const Value* Keyword(const Arguments& arguments, std::string_view name) {
  for (const auto& [keyword, value] : arguments.keywords) {
    if (keyword == name) return &value;
  }
  return nullptr;
}

}  // namespace sconce::python
