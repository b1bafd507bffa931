// The check that every archive passes before LibTorch sees it: strict zip, CRC of every entry, and
// each pickle in it run through Sconce's own restricted machine, which builds nothing but tensors,
// containers, numbers and strings.

#ifndef SCONCE_SERVER_FORMATS_TORCH_ARCHIVE_CHECK_H_
#define SCONCE_SERVER_FORMATS_TORCH_ARCHIVE_CHECK_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace sconce {

struct CodeFile {
  std::string name;  // "archive/code/__torch__.py"
  std::string text;
};

// Checks the bytes of a TorchScript archive and returns its code files for the front end to judge.
// INVALID_ARGUMENT: damaged or hostile; the message names the entry. FAILED_PRECONDITION: a zip
// file, but not TorchScript.
absl::StatusOr<std::vector<CodeFile>> CheckTorchScriptArchive(std::string_view bytes);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_ARCHIVE_CHECK_H_
