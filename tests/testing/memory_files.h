// OutputFiles that are kept in memory, for tests to look at.

#ifndef SCONCE_TESTS_TESTING_MEMORY_FILES_H_
#define SCONCE_TESTS_TESTING_MEMORY_FILES_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/formats/io/output_files.h"

namespace sconce::testing {

// Confined to one thread.
class MemoryFiles final : public OutputFiles {
 public:
  absl::Status Begin(const std::string& name, std::optional<uint64_t> bytes) override {
    if (!failure_.ok()) return failure_;
    contents_.emplace_back(name, "");
    announced_[name] = bytes;
    return absl::OkStatus();
  }
  absl::Status Write(std::string_view bytes) override {
    if (!failure_.ok()) return failure_;
    contents_.back().second += bytes;
    return absl::OkStatus();
  }
  absl::Status Finish() override {
    if (!failure_.ok()) return failure_;
    finished_ = true;
    return absl::OkStatus();
  }

  // Whatever comes from here on.
  void FailWith(absl::Status failure) { failure_ = std::move(failure); }

  // Name and bytes, in the order they were begun.
  const std::vector<std::pair<std::string, std::string>>& contents() const { return contents_; }
  std::optional<uint64_t> announced(const std::string& name) const { return announced_.at(name); }
  bool finished() const { return finished_; }

 private:
  std::vector<std::pair<std::string, std::string>> contents_;
  std::map<std::string, std::optional<uint64_t>> announced_;
  bool finished_ = false;
  absl::Status failure_;
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_TESTING_MEMORY_FILES_H_
