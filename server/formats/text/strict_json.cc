#include "server/formats/text/strict_json.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"

namespace sconce {
namespace {

using nlohmann::json;

// A value takes many times its text in memory.
constexpr size_t kMostValues = size_t{8} << 20;

// Goes over the text before anything is kept of it, and stops at the first thing that is wrong.
class Inspection final : public nlohmann::json_sax<json> {
 public:
  explicit Inspection(size_t max_depth) : max_depth_(max_depth) {}

  const std::string& problem() const { return problem_; }

  bool null() override { return Count(); }
  bool boolean(bool) override { return Count(); }
  bool number_integer(json::number_integer_t) override { return Count(); }
  bool number_unsigned(json::number_unsigned_t) override { return Count(); }
  bool number_float(json::number_float_t, const std::string&) override { return Count(); }
  bool string(std::string&) override { return Count(); }
  bool binary(json::binary_t&) override { return Count(); }
  bool start_object(size_t) override { return Enter(); }
  bool end_object() override { return Leave(); }
  bool start_array(size_t) override { return Enter(); }
  bool end_array() override { return Leave(); }

  bool key(std::string& key) override {
    return keys_.back().insert(key).second ||
           Complain(absl::StrFormat("the key \"%s\" occurs twice", key.substr(0, 200)));
  }

  bool parse_error(size_t position, const std::string&, const json::exception&) override {
    return Complain(absl::StrFormat("damaged at byte %d", position));
  }

 private:
  bool Complain(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }

  bool Count() {
    return ++values_ <= kMostValues ||
           Complain(absl::StrFormat("it has more than %d values", kMostValues));
  }

  bool Enter() {
    if (keys_.size() >= max_depth_) {
      return Complain(absl::StrFormat("nested deeper than %d", max_depth_));
    }
    keys_.emplace_back();
    return Count();
  }

  bool Leave() {
    keys_.pop_back();
    return true;
  }

  const size_t max_depth_;
  std::vector<std::set<std::string>> keys_;  // of each object or array that is open
  size_t values_ = 0;
  std::string problem_;
};

}  // namespace

absl::StatusOr<json> ParseStrictJson(const std::string& text, int max_depth) {
  // The parser takes a zero byte for the end, whatever comes behind it.
  if (const size_t zero = text.find('\0'); zero != std::string::npos) {
    return absl::InvalidArgumentError(absl::StrFormat("JSON: damaged at byte %d", zero + 1));
  }
  Inspection inspection(static_cast<size_t>(max_depth));
  if (!json::sax_parse(text, &inspection)) {
    return absl::InvalidArgumentError(absl::StrFormat("JSON: %s", inspection.problem()));
  }
  json parsed = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return absl::InvalidArgumentError("JSON: it is no object");
  return parsed;
}

}  // namespace sconce
