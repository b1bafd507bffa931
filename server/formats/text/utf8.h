// UTF-8, character by character.

#ifndef SCONCE_SERVER_FORMATS_TEXT_UTF8_H_
#define SCONCE_SERVER_FORMATS_TEXT_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sconce {

// Python's pickles hold lone surrogates; nobody else takes them.
enum class Surrogates { kRefused, kAllowed };

// Bytes of the character at the start of `text`, which is not empty; 0 when there is none that is
// valid.
size_t Utf8CharacterLength(std::string_view text, Surrogates surrogates = Surrogates::kRefused);

bool IsUtf8(std::string_view text, Surrogates surrogates = Surrogates::kRefused);

void AppendUtf8(uint32_t code, std::string& out);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TEXT_UTF8_H_
