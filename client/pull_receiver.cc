#include "client/pull_receiver.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "client/file_bytes.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

absl::Status OutOfOrder(std::string_view what) {
  return absl::InternalError(absl::StrFormat("the daemon's answer makes no sense: %s", what));
}

std::string TextOf(const std::string& name) {
  return name.empty() ? "the checkpoint" : absl::StrFormat("\"%s\"", name);
}

}  // namespace

absl::Status PullReceiver::Take(const v1::PullCheckpointResponse& message) {
  switch (message.part_case()) {
    case v1::PullCheckpointResponse::kBegin:
      return Begin(message.begin());
    case v1::PullCheckpointResponse::kData:
      return Data(message.data());
    case v1::PullCheckpointResponse::kEnd:
      return End(message.end());
    default:
      return OutOfOrder("a message of an unknown kind; is the daemon newer?");
  }
}

absl::Status PullReceiver::Finish() {
  if (file_.has_value() || files_ == 0) {
    return absl::DataLossError("the daemon's answer broke off before the checkpoint was whole");
  }
  return out_.Finish();
}

absl::Status PullReceiver::Begin(const v1::PullCheckpointResponse::Begin& begin) {
  if (file_.has_value()) return OutOfOrder("a file begins within another");
  if (!begin.name().empty() && !IsPlainFileName(begin.name())) {
    return OutOfOrder(absl::StrFormat("\"%s\" is no plain file name", begin.name()));
  }
  SCONCE_ASSIGN_OR_RETURN(Sha256 sha256, Sha256::Start());
  file_ = File{begin.name(), std::move(sha256)};
  return out_.Begin(begin.name(),
                    begin.has_bytes() ? std::optional<uint64_t>(begin.bytes()) : std::nullopt);
}

absl::Status PullReceiver::Data(const std::string& data) {
  if (!file_.has_value()) return OutOfOrder("data outside of a file");
  SCONCE_RETURN_IF_ERROR(file_->sha256.Add(data));
  file_->bytes += data.size();
  return out_.Write(data);
}

absl::Status PullReceiver::End(const v1::SavedFile& end) {
  if (!file_.has_value() || end.name() != file_->name) {
    return OutOfOrder("a file ends that did not begin");
  }
  if (end.bytes() != file_->bytes) {
    return absl::DataLossError(absl::StrFormat("%s arrived with %d bytes; the daemon sent %d",
                                               TextOf(end.name()), file_->bytes, end.bytes()));
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string sha256, file_->sha256.Finish());
  if (end.sha256() != sha256) {
    return absl::DataLossError(
        absl::StrFormat("%s arrived with the digest %s; the daemon sent %s; pull it again",
                        TextOf(end.name()), sha256, end.sha256()));
  }
  file_.reset();
  ++files_;
  return absl::OkStatus();
}

}  // namespace sconce
