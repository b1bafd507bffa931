#include "client/cli/shell_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sconce::cli {

std::string ShellWord(const std::string& text) {
  const bool harmless = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_-./:,@%+=").find(c) != std::string::npos;
  });
  if (harmless) return text;
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + "'";
}

std::string PythonString(const std::string& text) {
  using nlohmann::json;
  return json(text).dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace);
}

}  // namespace sconce::cli
