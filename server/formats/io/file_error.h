// errno as a Status, the same for everything that touches files.

#ifndef SCONCE_SERVER_FORMATS_IO_FILE_ERROR_H_
#define SCONCE_SERVER_FORMATS_IO_FILE_ERROR_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace sconce {

// "creating /models/x: No space left on device", with the code that callers are promised:
// NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED (disk, quota or size limit), else
// FAILED_PRECONDITION.
absl::Status FileError(std::string_view doing, const std::string& path, int error);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_FILE_ERROR_H_
