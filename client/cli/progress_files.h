// ProgressFiles: shows people how far the writing of a checkpoint is.

#ifndef SCONCE_CLIENT_CLI_PROGRESS_FILES_H_
#define SCONCE_CLIENT_CLI_PROGRESS_FILES_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/base/clock.h"
#include "server/formats/io/output_files.h"

namespace sconce::cli {

// On a terminal a bar that is drawn over and gone at the end; elsewhere a line now and then, and
// none for what is done soon. Confined to one thread.
class ProgressFiles final : public OutputFiles {
 public:
  // Passes all on to `out`. What is given outlives it.
  ProgressFiles(OutputFiles& out, std::ostream& text, bool terminal, const Clock& clock);
  // Takes the bar away.
  ~ProgressFiles() override;

  absl::Status Begin(const std::string& name, std::optional<uint64_t> bytes) override;
  absl::Status Write(std::string_view bytes) override;
  absl::Status Finish() override;

 private:
  void ShowIfDue();
  void Clear();

  OutputFiles& out_;
  std::ostream& text_;
  const bool terminal_;
  const Clock& clock_;

  std::string name_;
  std::optional<uint64_t> total_;
  uint64_t bytes_ = 0;
  TimePoint shown_;
  bool drawn_ = false;
};

// "model.safetensors  [##########..........]  50 %  1.0 GiB of 2.0 GiB"
std::string BarText(const std::string& name, uint64_t bytes, std::optional<uint64_t> total);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_PROGRESS_FILES_H_
