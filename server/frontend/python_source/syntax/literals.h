// The values of number and string literals.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_LITERALS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_LITERALS_H_

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/frontend/python_source/syntax/ast.h"

namespace sconce::python {

// What a literal is instead of a value.
enum class LiteralProblem {
  kMalformed,    // not Python 3
  kTooLarge,     // an integer of more than 64 bits
  kNamedEscape,  // "\N{BULLET}"
  kNotAscii,     // in bytes
};

using NumberLiteral = std::variant<LiteralProblem, IntLiteral, FloatLiteral, ComplexLiteral>;

// "0x_ff", "1_000", "1e-5", "2j".
NumberLiteral ParseNumber(std::string_view text);

struct StringPrefix {
  bool raw = false;
  bool bytes = false;
  bool formatted = false;
};

// What stands before the quotes: "rb". Nothing when Python 3 has no such prefix.
std::optional<StringPrefix> ParseStringPrefix(std::string_view letters);

// Appends what `text`, found between the quotes (and between the braces of an f-string), means. A
// lone surrogate is three bytes, as if it were a character.
std::optional<LiteralProblem> AppendLiteral(std::string_view text, StringPrefix prefix,
                                            std::string& out);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_SYNTAX_LITERALS_H_
