#include "server/frontend/load_model.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "server/base/status_macros.h"
#include "server/frontend/torchscript/build_executable.h"
#include "server/frontend/torchscript/load_module.h"
#include "server/frontend/torchscript/savable_files.h"

namespace sconce {
namespace {

void AddNote(std::string_view what, const std::vector<std::string>& keys,
             std::vector<std::string>& notes) {
  if (keys.empty()) return;
  notes.push_back(absl::StrFormat("%s (%d): %s", what, keys.size(), absl::StrJoin(keys, ", ")));
}

}  // namespace

absl::StatusOr<LoadedModel> LoadModel(const ModelSource& source) {
  SCONCE_ASSIGN_OR_RETURN(LoadedModule module, LoadModule(source));
  LoadedModel loaded;
  SCONCE_ASSIGN_OR_RETURN(loaded.executable, BuildExecutable(module.module, source));
  ModelSource found = source;
  found.weights_key = module.weights_key;
  loaded.savable = MakeSavable(found, module);
  loaded.format = std::move(module.format);
  loaded.notes = std::move(module.notes);
  AddNote("keys that the weights lack; the skeleton's own values are served",
          module.leftovers.missing, loaded.notes);
  AddNote("keys of the weights that the model does not have; not used", module.leftovers.unexpected,
          loaded.notes);
  return loaded;
}

}  // namespace sconce
