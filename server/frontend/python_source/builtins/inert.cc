#include "server/frontend/python_source/builtins/inert.h"

#include "server/frontend/python_source/builtins/methods.h"

namespace sconce::python {

absl::StatusOr<Value> ReturnNone(Interpreter&, Arguments) { return None(); }

absl::StatusOr<Value> ReturnFirst(Interpreter&, Arguments arguments) {
  return arguments.positional.at(0);
}

absl::StatusOr<Value> Decorate(Interpreter&, Arguments arguments) {
  const bool decorates = arguments.positional.size() == 1 && arguments.keywords.empty() &&
                         !IsKnownNumber(arguments.positional[0]);
  return decorates ? arguments.positional[0] : Native("decorator", ReturnFirst);
}

}  // namespace sconce::python
