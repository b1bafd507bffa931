#include "server/rpc/pull_files.h"

#include <algorithm>
#include <utility>

#include "server/base/status_macros.h"
#include "server/rpc/checkpoint_messages.h"

namespace sconce {

absl::Status PullFiles::Begin(const std::string& name, std::optional<uint64_t> bytes) {
  if (!failure_.ok()) return failure_;
  return Keep(BeginFile(name, bytes));
}

absl::Status PullFiles::Write(std::string_view bytes) {
  if (!failure_.ok()) return failure_;
  return Keep(Add(bytes));
}

absl::Status PullFiles::Finish() {
  if (!failure_.ok()) return failure_;
  return Keep(EndFile());
}

absl::Status PullFiles::Keep(absl::Status status) {
  if (failure_.ok()) failure_ = std::move(status);
  return failure_;
}

absl::Status PullFiles::BeginFile(const std::string& name, std::optional<uint64_t> bytes) {
  SCONCE_RETURN_IF_ERROR(EndFile());
  SCONCE_ASSIGN_OR_RETURN(Sha256 sha256, Sha256::Start());
  file_ = File{name, std::move(sha256)};
  v1::PullCheckpointResponse message;
  message.mutable_begin()->set_name(name);
  if (bytes.has_value()) message.mutable_begin()->set_bytes(*bytes);
  return send_(std::move(message));
}

absl::Status PullFiles::Add(std::string_view bytes) {
  if (!file_.has_value()) return absl::InternalError("bytes before a file was begun");
  SCONCE_RETURN_IF_ERROR(file_->sha256.Add(bytes));
  file_->bytes += bytes.size();
  while (!bytes.empty()) {
    if (pending_.empty()) pending_.reserve(piece_);
    const std::string_view step = bytes.substr(0, piece_ - pending_.size());
    pending_ += step;
    bytes.remove_prefix(step.size());
    if (pending_.size() == piece_) SCONCE_RETURN_IF_ERROR(SendPiece());
  }
  return absl::OkStatus();
}

absl::Status PullFiles::SendPiece() {
  if (pending_.empty()) return absl::OkStatus();
  v1::PullCheckpointResponse message;
  message.set_data(std::exchange(pending_, {}));
  return send_(std::move(message));
}

absl::Status PullFiles::EndFile() {
  if (!file_.has_value()) return absl::OkStatus();
  SCONCE_RETURN_IF_ERROR(SendPiece());
  SCONCE_ASSIGN_OR_RETURN(std::string sha256, file_->sha256.Finish());
  v1::PullCheckpointResponse message;
  *message.mutable_end() =
      SavedFileOf({.name = file_->name, .bytes = file_->bytes, .sha256 = std::move(sha256)});
  file_.reset();
  return send_(std::move(message));
}

}  // namespace sconce
