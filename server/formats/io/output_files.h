// Where checkpoints go: a file, a folder of files, or a caller at the other end of a stream.

#ifndef SCONCE_SERVER_FORMATS_IO_OUTPUT_FILES_H_
#define SCONCE_SERVER_FORMATS_IO_OUTPUT_FILES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace sconce {

// Takes bytes in order. Keeps its first error: whatever is asked of it later returns that again, so
// a writer that only knows that a write failed can ask why. Confined to one thread.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // RESOURCE_EXHAUSTED: the disk is full. CANCELLED: the caller is gone.
  virtual absl::Status Write(std::string_view bytes) = 0;
};

// One file after the other: Begin, Write..., Begin, Write..., Finish. Confined to one thread.
class OutputFiles : public ByteSink {
 public:
  // Ends the file before and begins the next. `name` is a plain file name, empty for the only file
  // of a checkpoint. `bytes`: how many will come, when that is known.
  virtual absl::Status Begin(const std::string& name, std::optional<uint64_t> bytes) = 0;
  // Ends the last file. Nothing counts as written before this is OK.
  virtual absl::Status Finish() = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_OUTPUT_FILES_H_
