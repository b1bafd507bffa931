#include "server/frontend/torchscript/exception_text.h"

#include <c10/util/Exception.h>

#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace sconce {
namespace {

constexpr size_t kLongestReason = 500;

struct Location {
  std::string file;
  std::string line;
  std::string function;
  std::string source;
};

std::string Trim(std::string_view text) {
  return std::string(absl::StripAsciiWhitespace(absl::string_view(text.data(), text.size())));
}

// `File "model.py", line 12, in forward`
std::optional<Location> ParseFileLine(const std::string& line) {
  const std::string text = Trim(line);
  constexpr std::string_view kFile = "File \"";
  if (!absl::StartsWith(text, "File \"")) return std::nullopt;
  const size_t quote = text.find('"', kFile.size());
  if (quote == std::string::npos) return std::nullopt;
  Location location;
  location.file = text.substr(kFile.size(), quote - kFile.size());
  for (absl::string_view part : absl::StrSplit(text.substr(quote + 1), ", ")) {
    if (absl::ConsumePrefix(&part, "line ")) location.line = std::string(part);
    if (absl::ConsumePrefix(&part, "in ")) location.function = std::string(part);
  }
  return location;
}

// The innermost frame of the last traceback: the original source where the archive has it, else
// the archive's own code. The source line stands above the marker.
std::optional<Location> FindLocation(const std::vector<std::string>& lines) {
  std::optional<Location> found;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (auto location = ParseFileLine(lines[i])) found = std::move(location);
    if (found && i > 0 && absl::StrContains(lines[i], "<--- HERE")) {
      found->source = Trim(lines[i - 1]);
    }
  }
  return found;
}

bool IsTracebackLine(const std::string& line) {
  const std::string text = Trim(line);
  return text.empty() || absl::StartsWith(text, "The following operation failed") ||
         absl::StartsWith(text, "Traceback of TorchScript") ||
         absl::StartsWith(text, "Exception raised from") || absl::StrContains(text, "<--- HERE");
}

std::string WithoutExceptionClass(std::string text) {
  for (absl::string_view name : {"RuntimeError: ", "Error: "}) {
    absl::string_view rest = text;
    if (absl::ConsumePrefix(&rest, name)) return std::string(rest);
  }
  return text;
}

// Interpreter errors end with their reason, behind the traceback ("RuntimeError: ..." at the
// margin); every other one begins with it.
std::string FindReason(const std::vector<std::string>& lines) {
  bool traceback = false;
  size_t last = lines.size();
  for (size_t i = 0; i < lines.size(); ++i) {
    traceback |= absl::StartsWith(lines[i], "Traceback of TorchScript");
    if (traceback && absl::StrContains(lines[i], "Error: ") && !absl::StartsWith(lines[i], " ")) {
      last = i;
      break;
    }
  }
  if (last < lines.size()) return WithoutExceptionClass(Trim(lines[last]));
  for (const std::string& line : lines) {
    if (!IsTracebackLine(line) && !ParseFileLine(line)) return Trim(line);
  }
  return "unknown error";
}

}  // namespace

std::string ReasonOf(std::string_view text) {
  const std::vector<std::string> lines =
      absl::StrSplit(absl::string_view(text.data(), text.size()), '\n');
  std::string reason = FindReason(lines);
  if (reason.size() > kLongestReason) reason = reason.substr(0, kLongestReason) + " ...";
  const auto location = FindLocation(lines);
  if (!location || location->line.empty()) return reason;
  const std::string place =
      absl::StrFormat("%s:%s%s%s", location->file, location->line,
                      location->function.empty() ? "" : " in ", location->function);
  if (location->source.empty()) return absl::StrFormat("%s (%s)", reason, place);
  return absl::StrFormat("%s (%s: %s)", reason, place, location->source);
}

std::string ReasonOf(const std::exception& error) {
  if (const auto* torch_error = dynamic_cast<const c10::Error*>(&error)) {
    return ReasonOf(std::string_view(torch_error->what_without_backtrace()));
  }
  return ReasonOf(std::string_view(error.what()));
}

}  // namespace sconce
