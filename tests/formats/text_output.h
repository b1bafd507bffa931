// What a writer writes, in memory.

#ifndef SCONCE_TESTS_FORMATS_TEXT_OUTPUT_H_
#define SCONCE_TESTS_FORMATS_TEXT_OUTPUT_H_

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/formats/io/output_files.h"

namespace sconce::testing {

// Checks that as many bytes come as were announced.
class TextOutput final : public OutputFiles {
 public:
  absl::Status Begin(const std::string& name, std::optional<uint64_t> bytes) override {
    CheckLength();
    name_ = name;
    announced_ = bytes;
    EXPECT_EQ(files_.count(name), 0u) << name;
    files_[name];
    return absl::OkStatus();
  }
  absl::Status Write(std::string_view bytes) override {
    files_[name_].append(bytes);
    return absl::OkStatus();
  }
  absl::Status Finish() override {
    CheckLength();
    return absl::OkStatus();
  }

  const std::map<std::string, std::string>& files() const { return files_; }
  // Of the only file.
  const std::string& text() const { return files_.at(""); }

 private:
  void CheckLength() const {
    if (!announced_) return;
    EXPECT_EQ(files_.at(name_).size(), *announced_) << name_;
  }

  std::string name_;
  std::optional<uint64_t> announced_;
  std::map<std::string, std::string> files_;
};

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_FORMATS_TEXT_OUTPUT_H_
