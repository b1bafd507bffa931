// From a ModelSource to the module it describes, unfrozen: a TorchScript archive as it is, or
// weights of any kind read into one.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_LOAD_MODULE_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_LOAD_MODULE_H_

#include <torch/csrc/jit/api/module.h>

#include <string>

#include "absl/status/statusor.h"
#include "server/frontend/load_model.h"
#include "server/frontend/torchscript/module_state.h"

namespace sconce {

// What the files held when the module was made of them (TorchFile::Digest).
struct SourceDigests {
  std::string model;
  std::string structure;  // of the skeleton, or of the Python sources; empty: none

  bool operator==(const SourceDigests&) const = default;
};

struct LoadedModule {
  torch::jit::Module module;
  std::string format;  // as LoadedModel has it
  SourceDigests digests;
  Leftovers leftovers;
  std::vector<std::string> notes;  // for the operator
  std::string weights_key = {};    // where in the file the weights are; empty: as none was given
};

// Statuses as LoadModel.
absl::StatusOr<LoadedModule> LoadModule(const ModelSource& source);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_LOAD_MODULE_H_
