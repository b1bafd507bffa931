// Checkpoints of a model, written from the files it was loaded from. A served model keeps only what
// it runs with (frozen, folded, on its device); its weights under their own names are in the files.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_SAVABLE_FILES_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_SAVABLE_FILES_H_

#include <memory>

#include "server/frontend/load_model.h"
#include "server/frontend/torchscript/load_module.h"

namespace sconce {

// `loaded` is what LoadModule made of `source`.
std::shared_ptr<SavableModel> MakeSavable(const ModelSource& source, const LoadedModule& loaded);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_SAVABLE_FILES_H_
