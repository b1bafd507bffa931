// From the bytes of a TorchScript archive to a module on the CPU in eval mode, past every check.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_ARCHIVE_LOADER_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_ARCHIVE_LOADER_H_

#include <torch/csrc/jit/api/module.h>

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/torch/archive_check.h"

namespace sconce {

// Tensors saved on any device come to the CPU. Statuses as LoadModel.
absl::StatusOr<torch::jit::Module> LoadArchive(std::string_view bytes);

// The same for an archive that has just passed CheckTorchScriptArchive, which gave `code`.
absl::StatusOr<torch::jit::Module> LoadCheckedArchive(std::string_view bytes,
                                                      const std::vector<CodeFile>& code);

// Frozen archives have no weights by name: they are constants of the code.
bool IsFrozen(const torch::jit::Module& module);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_ARCHIVE_LOADER_H_
