#include "server/formats/weights/training_keys.h"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace sconce {
namespace {

// "modelEMA_v2" is model, ema, v2.
std::vector<std::string> WordsOf(std::string_view key) {
  std::vector<std::string> words(1);
  bool after_lower = false;
  for (const char c : key.substr(0, 200)) {
    const bool letter = absl::ascii_isalnum(static_cast<unsigned char>(c));
    const bool upper = absl::ascii_isupper(static_cast<unsigned char>(c));
    if ((!letter || (upper && after_lower)) && !words.back().empty()) words.emplace_back();
    if (letter) words.back() += absl::ascii_tolower(static_cast<unsigned char>(c));
    after_lower = letter && !upper;
  }
  return words;
}

using Words = std::initializer_list<const char*>;

// `starts`: beginnings of a word. `whole`: the word itself.
bool Names(std::string_view key, Words starts, Words whole) {
  const std::vector<std::string> words = WordsOf(key);
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::any_of(starts.begin(), starts.end(),
                       [&](const char* start) { return absl::StartsWith(word, start); }) ||
           std::find(whole.begin(), whole.end(), word) != whole.end();
  });
}

}  // namespace

bool NamesTrainingState(std::string_view key) {
  return Names(key, {"optim", "sched"}, {"opt", "scaler", "gradscaler"});
}

bool NamesSideValues(std::string_view key) {
  return Names(key, {"metric", "loss", "callback"},
               {"rng", "random", "history", "log", "logs", "criterion", "grads", "gradients",
                "loops", "amp"});
}

bool NamesAverages(std::string_view key) {
  return Names(key, {"averag", "polyak"}, {"ema", "swa", "teacher", "shadow"});
}

}  // namespace sconce
