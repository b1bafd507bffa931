#include "tests/telemetry/prometheus_text.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <regex>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce::testing {
namespace {

absl::Status Bad(const std::string& line, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("%s: \"%s\"", what, line));
}

absl::Status ParseComment(const std::string& line, Page& page) {
  static const std::regex pattern("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)");
  std::smatch match;
  if (!std::regex_match(line, match, pattern)) return Bad(line, "no HELP and no TYPE");
  auto& into = match[1] == "TYPE" ? page.types : page.helps;
  if (!into.emplace(match[2], match[3]).second) return Bad(line, "given twice");
  static const std::set<std::string> types = {"counter", "gauge", "histogram", "summary"};
  if (match[1] == "TYPE" && types.count(match[3]) == 0) return Bad(line, "no such type");
  return absl::OkStatus();
}

// One `name="value"` at `at`, which moves behind it.
absl::Status ParseLabel(const std::string& line, size_t& at, Labels& labels) {
  const size_t equals = line.find("=\"", at);
  if (equals == std::string::npos) return Bad(line, "a label without a value");
  const std::string name = line.substr(at, equals - at);
  static const std::regex pattern("[a-zA-Z_][a-zA-Z0-9_]*");
  if (!std::regex_match(name, pattern)) return Bad(line, "no label name");
  std::string value;
  for (at = equals + 2; at < line.size() && line[at] != '"'; ++at) {
    if (line[at] != '\\') {
      value += line[at];
      continue;
    }
    if (++at >= line.size()) return Bad(line, "ends within an escape");
    if (line[at] != 'n' && line[at] != '"' && line[at] != '\\') return Bad(line, "no such escape");
    value += line[at] == 'n' ? '\n' : line[at];
  }
  if (at >= line.size()) return Bad(line, "a label value without an end");
  ++at;
  if (!labels.emplace(name, value).second) return Bad(line, "a label given twice");
  return absl::OkStatus();
}

absl::StatusOr<Sample> ParseSample(const std::string& line) {
  Sample sample;
  size_t at = line.find_first_of("{ ");
  if (at == std::string::npos || at == 0) return Bad(line, "no sample");
  sample.name = line.substr(0, at);
  if (line[at] == '{') {
    do {
      ++at;
      SCONCE_RETURN_IF_ERROR(ParseLabel(line, at, sample.labels));
    } while (line[at] == ',');
    if (line[at] != '}') return Bad(line, "labels without an end");
    ++at;
  }
  if (at >= line.size() || line[at] != ' ') return Bad(line, "no value");
  const std::string value = line.substr(at + 1);
  if (value == "+Inf") {
    sample.value = std::numeric_limits<double>::infinity();
    return sample;
  }
  char* end = nullptr;
  sample.value = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0') return Bad(line, "the value is no number");
  return sample;
}

std::string FamilyOf(const Page& page, const std::string& name) {
  for (const std::string suffix : {"_bucket", "_sum", "_count"}) {
    if (name.size() <= suffix.size()) continue;
    const std::string stem = name.substr(0, name.size() - suffix.size());
    const auto type = page.types.find(stem);
    if (name.substr(stem.size()) == suffix && type != page.types.end() &&
        type->second == "histogram") {
      return stem;
    }
  }
  return name;
}

absl::Status CheckHistogram(const Page& page, const std::string& name, const Labels& labels,
                            double count) {
  double bound = -1, below = 0;
  for (const Sample& bucket : page.All(name + "_bucket", labels)) {
    const std::string& le = bucket.labels.at("le");
    const double upper = le == "+Inf" ? std::numeric_limits<double>::infinity() : std::stod(le);
    if (upper <= bound || bucket.value < below) return Bad(name, "buckets fall");
    bound = upper;
    below = bucket.value;
  }
  if (!std::isinf(bound)) return Bad(name, "no bucket +Inf");
  return below == count ? absl::OkStatus() : Bad(name, "+Inf is not the count");
}

absl::Status CheckHistograms(const Page& page) {
  for (const auto& [name, type] : page.types) {
    if (type != "histogram") continue;
    for (const Sample& count : page.All(name + "_count", {})) {
      SCONCE_RETURN_IF_ERROR(CheckHistogram(page, name, count.labels, count.value));
    }
  }
  return absl::OkStatus();
}

absl::Status ParseLine(const std::string& line, Page& page) {
  if (line.empty()) return absl::OkStatus();
  if (line[0] == '#') return ParseComment(line, page);
  SCONCE_ASSIGN_OR_RETURN(Sample sample, ParseSample(line));
  if (page.types.count(FamilyOf(page, sample.name)) == 0) return Bad(line, "no TYPE before it");
  if (page.Find(sample.name, sample.labels)) return Bad(line, "a sample given twice");
  page.samples.push_back(std::move(sample));
  return absl::OkStatus();
}

}  // namespace

std::optional<double> Page::Find(std::string_view name, const Labels& labels) const {
  for (const Sample& sample : samples) {
    if (sample.name == name && sample.labels == labels) return sample.value;
  }
  return std::nullopt;
}

std::vector<Sample> Page::All(std::string_view name, const Labels& labels) const {
  std::vector<Sample> found;
  for (const Sample& sample : samples) {
    bool fits = sample.name == name;
    for (const auto& [key, value] : labels) {
      const auto label = sample.labels.find(key);
      fits = fits && label != sample.labels.end() && label->second == value;
    }
    if (fits) found.push_back(sample);
  }
  return found;
}

absl::StatusOr<Page> ParsePage(std::string_view text) {
  Page page;
  if (!text.empty() && text.back() != '\n') return Bad("", "the last line has no end");
  while (!text.empty()) {
    const size_t end = text.find('\n');
    SCONCE_RETURN_IF_ERROR(ParseLine(std::string(text.substr(0, end)), page));
    text.remove_prefix(end + 1);
  }
  SCONCE_RETURN_IF_ERROR(CheckHistograms(page));
  return page;
}

}  // namespace sconce::testing
