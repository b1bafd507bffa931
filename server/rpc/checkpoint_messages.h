// Checkpoints in the words of sconce.v1. Pure functions.

#ifndef SCONCE_SERVER_RPC_CHECKPOINT_MESSAGES_H_
#define SCONCE_SERVER_RPC_CHECKPOINT_MESSAGES_H_

#include "absl/status/statusor.h"
#include "proto/sconce/v1/model_server.pb.h"
#include "server/formats/checkpoint/checkpoint_writer.h"
#include "server/formats/io/hashed_file.h"
#include "server/repository/repository.h"

namespace sconce {

// INVALID_ARGUMENT names the field: no format, or one that Sconce does not write; a type that
// weights can't become; an option of another format.
absl::StatusOr<WriteOptions> WriteOptionsOf(v1::CheckpointFormat format,
                                            const v1::CheckpointOptions& options);

v1::SavedFile SavedFileOf(const WrittenFile& file);

v1::SaveCheckpointResponse SaveCheckpointResponseOf(const Repository::SavedCheckpoint& saved);

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_CHECKPOINT_MESSAGES_H_
