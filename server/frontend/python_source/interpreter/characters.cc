#include "server/frontend/python_source/interpreter/characters.h"

#include <algorithm>

#include "server/formats/text/utf8.h"

namespace sconce::python {
namespace {

size_t LengthAt(std::string_view text, size_t at) {
  return std::max<size_t>(Utf8CharacterLength(text.substr(at), Surrogates::kAllowed), 1);
}

}  // namespace

std::vector<std::string_view> CharactersOf(std::string_view text) {
  std::vector<std::string_view> characters;
  for (size_t at = 0; at < text.size(); at += characters.back().size()) {
    characters.push_back(text.substr(at, LengthAt(text, at)));
  }
  return characters;
}

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); at += LengthAt(text, at)) ++count;
  return count;
}

std::optional<int64_t> CodeOf(std::string_view character) {
  if (character.empty() || LengthAt(character, 0) != character.size()) return std::nullopt;
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first;
  int64_t code = first & (0xFF >> (character.size() + 1));
  for (const char byte : character.substr(1)) {
    code = code << 6 | (static_cast<unsigned char>(byte) & 0x3F);
  }
  return code;
}

std::string CharacterOf(int64_t code) {
  if (code < 0 || code > 0x10FFFF) return "";
  std::string bytes;
  AppendUtf8(static_cast<uint32_t>(code), bytes);
  return bytes;
}

}  // namespace sconce::python
