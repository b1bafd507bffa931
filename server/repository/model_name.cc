#include "server/repository/model_name.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"

namespace sconce {
namespace {

constexpr std::string_view kAllowedMarks = " ._-+=@,()";

bool IsAllowed(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kAllowedMarks.find(c) != std::string_view::npos;
}

absl::Status Refuse(std::string_view name, const std::string& why) {
  constexpr size_t kShown = 160;
  return absl::InvalidArgumentError(
      absl::StrFormat("\"%s\" can't be a model's name: %s",
                      absl::CHexEscape(std::string(name.substr(0, kShown))), why));
}

}  // namespace

absl::Status CheckModelName(std::string_view name) {
  if (name.empty()) return absl::InvalidArgumentError("the model's name is empty");
  if (name.size() > kMaxModelName) {
    return Refuse(name, absl::StrFormat("it has %d characters, at most %d are allowed", name.size(),
                                        kMaxModelName));
  }
  for (const char c : name) {
    if (!IsAllowed(c)) {
      return Refuse(name, absl::StrFormat("it has the character \"%s\"; allowed are letters, "
                                          "digits, space and . _ - + = @ , ( )",
                                          absl::CHexEscape(std::string(1, c))));
    }
  }
  if (!absl::ascii_isalnum(static_cast<unsigned char>(name.front())) && name.front() != '_') {
    return Refuse(name, "it must begin with a letter, a digit or _");
  }
  if (name.back() == ' ') return Refuse(name, "it ends with a space");
  return absl::OkStatus();
}

}  // namespace sconce
