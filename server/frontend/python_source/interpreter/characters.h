// Texts are UTF-8; Python counts their characters.

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_CHARACTERS_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_CHARACTERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconce::python {

// What is no UTF-8 counts byte by byte.
std::vector<std::string_view> CharactersOf(std::string_view text);
size_t CountCharacters(std::string_view text);

// The number of a text's only character; none: it has none, or more. And the other way; empty:
// there is no such character.
std::optional<int64_t> CodeOf(std::string_view character);
std::string CharacterOf(int64_t code);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_INTERPRETER_CHARACTERS_H_
