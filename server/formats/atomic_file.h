// AtomicOutput for writers that want a path rather than a sink.

#ifndef SCONCE_SERVER_FORMATS_ATOMIC_FILE_H_
#define SCONCE_SERVER_FORMATS_ATOMIC_FILE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/hashed_file.h"

namespace sconce {

// Calls `write` with a temporary path beside `path`, an empty file, then fsyncs file and folder and
// renames. On any error the temporary file is gone and `path` is as it was. `write` also reads back
// what it wrote.
absl::StatusOr<WrittenFile> WriteAtomically(
    const std::string& path,
    const std::function<absl::Status(const std::string& temporary)>& write);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_ATOMIC_FILE_H_
