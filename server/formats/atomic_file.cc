#include "server/formats/atomic_file.h"

#include <exception>
#include <memory>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/temporary_path.h"

namespace sconce {
namespace {

// `write` may call libraries that throw; the temporary file must be gone then too.
absl::Status CallWriter(const std::function<absl::Status(const std::string&)>& write,
                        const std::string& temporary) {
  try {
    return write(temporary);
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrFormat("writing %s: %s", temporary, error.what()));
  }
}

}  // namespace

absl::StatusOr<WrittenFile> WriteAtomically(
    const std::string& path,
    const std::function<absl::Status(const std::string& temporary)>& write) {
  SCONCE_ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryPath> temporary,
                          TemporaryPath::Beside(path, TemporaryPath::Kind::kFile));
  SCONCE_RETURN_IF_ERROR(CallWriter(write, temporary->name()));
  SCONCE_RETURN_IF_ERROR(FlushFile(temporary->name()));
  SCONCE_ASSIGN_OR_RETURN(WrittenFile written, HashFile(temporary->name()));
  SCONCE_RETURN_IF_ERROR(temporary->ReplaceFile(path));
  return written;
}

}  // namespace sconce
