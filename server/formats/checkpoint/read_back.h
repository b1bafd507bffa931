// A file of weights that was just written, read as anyone would: the last look before it counts.

#ifndef SCONCE_SERVER_FORMATS_CHECKPOINT_READ_BACK_H_
#define SCONCE_SERVER_FORMATS_CHECKPOINT_READ_BACK_H_

#include <string>

#include "absl/status/status.h"
#include "server/formats/checkpoint/checkpoint_writer.h"

namespace sconce {

// Reads all of it. `path` is the file, or the folder of a sharded checkpoint. Not for TorchScript
// archives. INTERNAL: it does not read back.
absl::Status ReadBack(CheckpointFormat format, const std::string& path);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_CHECKPOINT_READ_BACK_H_
