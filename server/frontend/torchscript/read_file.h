// The whole file once, into memory: Sconce's checks and LibTorch then see the same bytes, whatever
// happens to the file meanwhile. (A mapping would not do: truncating it is SIGBUS.)

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_READ_FILE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_READ_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace sconce {

// NOT_FOUND, PERMISSION_DENIED: it can't be read. FAILED_PRECONDITION: a folder or a device.
// RESOURCE_EXHAUSTED: it does not fit into memory.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_READ_FILE_H_
