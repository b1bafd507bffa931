#include "server/frontend/python_source/interpreter/unknown.h"

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/frontend/python_source/interpreter/python_error.h"

namespace sconce::python {

absl::Status CheckKnown(const Value& value) {
  const Unknown* unknown = ObjectOf<Unknown>(value);
  if (unknown == nullptr) return absl::OkStatus();
  // A call's result has no name that could be given.
  const bool nameable = !absl::StrContains(unknown->name, "(");
  return Unsupported(absl::StrFormat(
      "the value of %s is not known: %s%s", unknown->name, unknown->why,
      nameable ? absl::StrFormat("; give it with --define %s=VALUE", unknown->name) : ""));
}

absl::Status CheckKnownWithin(const Value& value, int depth) {
  const auto* items = KnownItems(value);
  if (depth == 0 || items == nullptr) return CheckKnown(value);
  for (const Value& item : *items) {
    SCONCE_RETURN_IF_ERROR(CheckKnownWithin(item, depth - 1));
  }
  return absl::OkStatus();
}

}  // namespace sconce::python
