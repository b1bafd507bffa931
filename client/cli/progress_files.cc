#include "client/cli/progress_files.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "client/cli/model_text.h"
#include "server/base/status_macros.h"

namespace sconce::cli {
namespace {

constexpr std::chrono::milliseconds kRedraw{100};
constexpr std::chrono::seconds kLine{10};
constexpr int kBarWidth = 20;
// To the start of the line, and nothing right of it.
constexpr char kClearLine[] = "\r\x1b[K";

}  // namespace

std::string BarText(const std::string& name, uint64_t bytes, std::optional<uint64_t> total) {
  const std::string what = name.empty() ? "" : name + "  ";
  if (!total.has_value() || *total == 0) return what + BytesText(bytes);
  const double share = std::min(1.0, static_cast<double>(bytes) / static_cast<double>(*total));
  const int filled = static_cast<int>(share * kBarWidth);
  return absl::StrFormat("%s[%s%s] %3d %%  %s of %s", what, std::string(filled, '#'),
                         std::string(kBarWidth - filled, '.'), static_cast<int>(share * 100),
                         BytesText(bytes), BytesText(*total));
}

ProgressFiles::ProgressFiles(OutputFiles& out, std::ostream& text, bool terminal,
                             const Clock& clock)
    : out_(out), text_(text), terminal_(terminal), clock_(clock), shown_(clock.Now()) {}

ProgressFiles::~ProgressFiles() { Clear(); }

absl::Status ProgressFiles::Begin(const std::string& name, std::optional<uint64_t> bytes) {
  SCONCE_RETURN_IF_ERROR(out_.Begin(name, bytes));
  name_ = name;
  total_ = bytes;
  bytes_ = 0;
  return absl::OkStatus();
}

absl::Status ProgressFiles::Write(std::string_view bytes) {
  SCONCE_RETURN_IF_ERROR(out_.Write(bytes));
  bytes_ += bytes.size();
  ShowIfDue();
  return absl::OkStatus();
}

absl::Status ProgressFiles::Finish() {
  Clear();
  return out_.Finish();
}

void ProgressFiles::ShowIfDue() {
  const TimePoint now = clock_.Now();
  if (now - shown_ < (terminal_ ? Duration(kRedraw) : Duration(kLine))) return;
  shown_ = now;
  const std::string bar = BarText(name_, bytes_, total_);
  text_ << (terminal_ ? kClearLine + bar : bar + "\n") << std::flush;
  drawn_ = terminal_;
}

void ProgressFiles::Clear() {
  if (drawn_) text_ << kClearLine << std::flush;
  drawn_ = false;
}

}  // namespace sconce::cli
