// A strict reader of Prometheus' text format 0.0.4, for tests.

#ifndef SCONCE_TESTS_TELEMETRY_PROMETHEUS_TEXT_H_
#define SCONCE_TESTS_TELEMETRY_PROMETHEUS_TEXT_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace sconce::testing {

using Labels = std::map<std::string, std::string>;

struct Sample {
  std::string name;
  Labels labels;
  double value = 0;
};

struct Page {
  std::map<std::string, std::string> types;  // family -> "counter"
  std::map<std::string, std::string> helps;
  std::vector<Sample> samples;

  // The value of the sample with exactly these labels.
  std::optional<double> Find(std::string_view name, const Labels& labels) const;
  // Samples of that name whose labels include these.
  std::vector<Sample> All(std::string_view name, const Labels& labels) const;
};

// Refuses: a sample before its family's TYPE, a family or sample given twice, a name or label that
// the format does not allow, a value that is no number, histograms whose buckets fall or lack +Inf.
absl::StatusOr<Page> ParsePage(std::string_view text);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_TELEMETRY_PROMETHEUS_TEXT_H_
