// PullReceiver: the messages of PullCheckpoint, put together to files and checked: each must be as
// long as the daemon says and have its digest.

#ifndef SCONCE_CLIENT_PULL_RECEIVER_H_
#define SCONCE_CLIENT_PULL_RECEIVER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "proto/sconce/v1/model_server.pb.h"
#include "server/formats/io/output_files.h"
#include "server/formats/io/sha256.h"

namespace sconce {

// Confined to one thread.
class PullReceiver {
 public:
  // `out` outlives it.
  explicit PullReceiver(OutputFiles& out) : out_(out) {}

  // DATA_LOSS: not what the daemon sent. INTERNAL: no message that can come here, or a name that
  // could lead out of a folder. Else what `out` says.
  absl::Status Take(const v1::PullCheckpointResponse& message);

  // After the stream ended with OK. DATA_LOSS: it broke off.
  absl::Status Finish();

 private:
  struct File {
    std::string name;
    Sha256 sha256;
    uint64_t bytes = 0;
  };

  absl::Status Begin(const v1::PullCheckpointResponse::Begin& begin);
  absl::Status Data(const std::string& data);
  absl::Status End(const v1::SavedFile& end);

  OutputFiles& out_;
  std::optional<File> file_;
  int files_ = 0;
};

}  // namespace sconce

#endif  // SCONCE_CLIENT_PULL_RECEIVER_H_
