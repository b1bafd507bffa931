// The rules for pickles inside a TorchScript archive. LibTorch's own reader trusts what it reads
// (sizes beyond the storage, values of the wrong kind); what could mislead it is refused here.

#ifndef SCONCE_SERVER_FORMATS_TORCH_TORCHSCRIPT_PICKLE_H_
#define SCONCE_SERVER_FORMATS_TORCH_TORCHSCRIPT_PICKLE_H_

#include <string_view>

#include "absl/status/status.h"
#include "server/formats/zip/zip_archive.h"

namespace sconce {

// Reads the pickle "ROOT/name" and checks every value in it, reachable or not: tensors lie inside
// storages that exist, calls are of the few kinds that TorchScript writes, nothing contains itself.
absl::Status CheckTorchScriptPickle(ZipArchive& archive, std::string_view name);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_TORCHSCRIPT_PICKLE_H_
