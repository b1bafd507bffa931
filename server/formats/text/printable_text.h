// Text from a file, made fit for a terminal and for JSON.

#ifndef SCONCE_SERVER_FORMATS_TEXT_PRINTABLE_TEXT_H_
#define SCONCE_SERVER_FORMATS_TEXT_PRINTABLE_TEXT_H_

#include <string>
#include <string_view>

namespace sconce {

// Valid UTF-8 stays; control characters and broken bytes become \xNN.
std::string PrintableText(std::string_view text);

// For a shell command line: quoted when it has to be.
std::string ShellWord(const std::string& text);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TEXT_PRINTABLE_TEXT_H_
