// Whole files in and out of memory, with errors that name the path and the reason.

#ifndef SCONCE_CLIENT_FILE_BYTES_H_
#define SCONCE_CLIENT_FILE_BYTES_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce {

// NOT_FOUND, PERMISSION_DENIED or another code that fits errno. A folder is refused.
absl::StatusOr<std::string> ReadFileBytes(const std::string& path);

// Replaces what is there. On an error the file may be incomplete.
absl::Status WriteFileBytes(const std::string& path, std::string_view bytes);

// Not hidden, and leads nowhere but to a file in its folder. Names that others chose are asked so.
bool IsPlainFileName(std::string_view name);

}  // namespace sconce

#endif  // SCONCE_CLIENT_FILE_BYTES_H_
