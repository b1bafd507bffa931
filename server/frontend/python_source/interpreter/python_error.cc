#include "server/frontend/python_source/interpreter/python_error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_format.h"

namespace sconce::python {
namespace {

constexpr char kClass[] = "sconce/python-exception";
constexpr char kText[] = "sconce/python-text";
constexpr char kMeant[] = "sconce/python-meant";
constexpr char kPlace[] = "sconce/python-place";

std::string PayloadOf(const absl::Status& status, const char* key) {
  const auto payload = status.GetPayload(key);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status Raised(std::string_view exception, std::string_view message) {
  absl::Status status = absl::FailedPreconditionError(
      message.empty() ? std::string(exception) : absl::StrFormat("%s: %s", exception, message));
  status.SetPayload(kClass, absl::Cord(std::string(exception)));
  status.SetPayload(kText, absl::Cord(std::string(message)));
  return status;
}

std::string RaisedClass(const absl::Status& status) { return PayloadOf(status, kClass); }

std::string RaisedText(const absl::Status& status) { return PayloadOf(status, kText); }

absl::Status AsMeant(absl::Status status) {
  status.SetPayload(kMeant, absl::Cord());
  return status;
}

bool IsMeant(const absl::Status& status) { return status.GetPayload(kMeant).has_value(); }

absl::Status Unsupported(std::string_view message) {
  return absl::FailedPreconditionError(std::string(message));
}

absl::Status OfOneRequest() {
  return Unsupported("a value of one request is used in code that runs once for all requests");
}

absl::Status WithPlace(const absl::Status& status, std::string_view pointed_message) {
  absl::Status placed(status.code(), std::string(pointed_message));
  status.ForEachPayload(
      [&](absl::string_view key, const absl::Cord& value) { placed.SetPayload(key, value); });
  placed.SetPayload(kPlace, absl::Cord());
  return placed;
}

bool HasPlace(const absl::Status& status) { return status.GetPayload(kPlace).has_value(); }

}  // namespace sconce::python
