// A file that appears whole or not at all: written under a temporary name in the same folder,
// flushed to disk, checked, then renamed. Whoever reads the old file goes on reading the old file.

#ifndef SCONCE_SERVER_FORMATS_ATOMIC_FILE_H_
#define SCONCE_SERVER_FORMATS_ATOMIC_FILE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce {

struct WrittenFile {
  uint64_t bytes = 0;
  std::string sha256;  // hexadecimal
};

// Calls `write` with a temporary path beside `path` that does not exist yet, then fsyncs file and
// folder and renames. On any error the temporary file is gone and `path` is as it was. `write` also
// reads back what it wrote.
absl::StatusOr<WrittenFile> WriteAtomically(
    const std::string& path,
    const std::function<absl::Status(const std::string& temporary)>& write);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_ATOMIC_FILE_H_
