// Text made safe for a shell and for Python.

#ifndef SCONCE_CLIENT_CLI_SHELL_TEXT_H_
#define SCONCE_CLIENT_CLI_SHELL_TEXT_H_

#include <string>

namespace sconce::cli {

// One word of a POSIX shell: as it is when it is harmless, else in single quotes.
std::string ShellWord(const std::string& text);

// A string literal of Python (and of JSON).
std::string PythonString(const std::string& text);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_SHELL_TEXT_H_
