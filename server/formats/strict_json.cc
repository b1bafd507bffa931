#include "server/formats/strict_json.h"

#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

using nlohmann::json;

// Listens to the parser and keeps the first thing that is wrong.
class Listener {
 public:
  explicit Listener(int max_depth) : max_depth_(max_depth) {}

  bool On(int depth, json::parse_event_t event, const json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
        keys_.emplace_back();
        [[fallthrough]];
      case json::parse_event_t::array_start:
        if (depth >= max_depth_) Complain(absl::StrFormat("nested deeper than %d", max_depth_));
        break;
      case json::parse_event_t::object_end:
        keys_.pop_back();
        break;
      case json::parse_event_t::key:
        if (!keys_.back().insert(parsed.get_ref<const std::string&>()).second) {
          Complain(absl::StrFormat("the key \"%s\" occurs twice", parsed.get<std::string>()));
        }
        break;
      default:
        break;
    }
    // What is not kept costs no memory.
    return problem_.empty();
  }

  const std::string& problem() const { return problem_; }

 private:
  void Complain(std::string problem) {
    if (problem_.empty()) problem_ = std::move(problem);
  }

  const int max_depth_;
  std::vector<std::set<std::string>> keys_;
  std::string problem_;
};

}  // namespace

absl::StatusOr<json> ParseStrictJson(const std::string& text, int max_depth) {
  Listener listener(max_depth);
  json parsed = json::parse(
      text,
      [&](int depth, json::parse_event_t event, json& value) {
        return listener.On(depth, event, value);
      },
      /*allow_exceptions=*/false);
  if (!listener.problem().empty()) {
    return absl::InvalidArgumentError(absl::StrFormat("JSON: %s", listener.problem()));
  }
  if (!parsed.is_object()) return absl::InvalidArgumentError("JSON: damaged, or no object");
  return parsed;
}

}  // namespace sconce
