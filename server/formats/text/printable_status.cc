#include "server/formats/text/printable_status.h"

#include <string>
#include <string_view>

#include "server/formats/text/printable_text.h"

namespace sconce {
namespace {

constexpr size_t kMostCharacters = 8000;

}  // namespace

absl::Status PrintableStatus(const absl::Status& status) {
  if (status.ok()) return status;
  const std::string_view message(status.message().data(), status.message().size());
  std::string text = PrintableText(message.substr(0, kMostCharacters));
  if (message.size() > kMostCharacters) text += " [...]";
  return {status.code(), text};
}

}  // namespace sconce
