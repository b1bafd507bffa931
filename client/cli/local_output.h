// Checkpoints written beside the caller, and the answer about any that was written.

#ifndef SCONCE_CLIENT_CLI_LOCAL_OUTPUT_H_
#define SCONCE_CLIENT_CLI_LOCAL_OUTPUT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/session.h"
#include "server/formats/io/atomic_output.h"
#include "server/formats/io/output_files.h"

namespace sconce::cli {

using WriteFiles = std::function<absl::Status(OutputFiles& out)>;
using CheckFiles = std::function<absl::Status(const std::string& temporary)>;

// Calls `write`, showing how far it is, then `check` with what was written, and only then lets it
// appear at `path`, a file or a folder of files.
absl::StatusOr<std::vector<WrittenFile>> WriteBeside(const Session& session,
                                                     const std::string& path, bool folder,
                                                     const WriteFiles& write,
                                                     const CheckFiles& check);

// Path, size and digest; for a folder those of every file.
void PrintWritten(const Session& session, const std::string& path,
                  const std::vector<WrittenFile>& files);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_LOCAL_OUTPUT_H_
