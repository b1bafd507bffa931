// PullFiles: the files of a checkpoint as the messages of PullCheckpoint, in pieces, with a digest
// of each.

#ifndef SCONCE_SERVER_RPC_PULL_FILES_H_
#define SCONCE_SERVER_RPC_PULL_FILES_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "proto/sconce/v1/model_server.pb.h"
#include "server/formats/io/output_files.h"
#include "server/formats/io/sha256.h"

namespace sconce {

// Confined to one thread. Holds one piece.
class PullFiles final : public OutputFiles {
 public:
  // Blocks until the message may be forgotten.
  using Send = std::function<absl::Status(v1::PullCheckpointResponse message)>;

  // Pieces of `piece` bytes, the last of a file apart.
  PullFiles(size_t piece, Send send) : piece_(piece), send_(std::move(send)) {}

  absl::Status Begin(const std::string& name, std::optional<uint64_t> bytes) override;
  absl::Status Write(std::string_view bytes) override;
  // Twice is once.
  absl::Status Finish() override;

 private:
  struct File {
    std::string name;
    Sha256 sha256;
    uint64_t bytes = 0;
  };

  // Keeps the first error.
  absl::Status Keep(absl::Status status);
  absl::Status BeginFile(const std::string& name, std::optional<uint64_t> bytes);
  absl::Status Add(std::string_view bytes);
  absl::Status SendPiece();
  absl::Status EndFile();

  const size_t piece_;
  const Send send_;
  std::optional<File> file_;
  std::string pending_;
  absl::Status failure_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_PULL_FILES_H_
