#include "server/frontend/python_source/interpreter/characters.h"

#include <algorithm>

namespace sconce::python {
namespace {

bool Continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// How many bytes a character has that begins so.
size_t LengthBy(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xF0 && byte < 0xF8) return 4;
  if (byte >= 0xE0 && byte < 0xF0) return 3;
  return byte >= 0xC0 && byte < 0xE0 ? 2 : 1;
}

size_t LengthAt(std::string_view text, size_t at) {
  const size_t length = LengthBy(text[at]);
  if (at + length > text.size()) return 1;
  const auto rest = text.substr(at + 1, length - 1);
  return std::all_of(rest.begin(), rest.end(), Continues) ? length : 1;
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
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  constexpr int kFirst[] = {0, 0xC0, 0xE0, 0xF0};
  std::string bytes(1, static_cast<char>(kFirst[more] | code >> 6 * more));
  for (int i = more - 1; i >= 0; --i) {
    bytes += static_cast<char>(0x80 | (code >> 6 * i & 0x3F));
  }
  return bytes;
}

}  // namespace sconce::python
