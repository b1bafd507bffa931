// Text from elsewhere made fit for a log line, a label or JSON: valid UTF-8, no control characters.

#ifndef SCONCE_SERVER_TELEMETRY_ESCAPE_H_
#define SCONCE_SERVER_TELEMETRY_ESCAPE_H_

#include <string>
#include <string_view>

namespace sconce {

// `text` with every byte that is no part of valid UTF-8 replaced by U+FFFD.
std::string ReplaceInvalidUtf8(std::string_view text);

// Appends `text` as the inside of a JSON string: quotes, backslashes, control characters and
// Unicode's line separators escaped, invalid bytes replaced. The result never holds a line break.
void AppendEscaped(std::string& out, std::string_view text);

}  // namespace sconce

#endif  // SCONCE_SERVER_TELEMETRY_ESCAPE_H_
