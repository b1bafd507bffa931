// What torch.save wrote into a zip file, without making tensors of it.

#ifndef SCONCE_SERVER_FORMATS_TORCH_TORCH_ZIP_H_
#define SCONCE_SERVER_FORMATS_TORCH_TORCH_ZIP_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"
#include "server/formats/torch/tensor_record.h"
#include "server/formats/zip/zip_archive.h"

namespace sconce {

// "archive/data.pkl" for "data.pkl".
std::string InRoot(const ZipArchive& archive, std::string_view name);

// TorchScript archives hold code and constants beside their data.
bool LooksLikeTorchScript(const ZipArchive& archive);

// Reads and runs the pickle "ROOT/name". NOT_FOUND: there is none.
absl::StatusOr<PickleDocument> ReadPickleEntry(ZipArchive& archive, std::string_view name,
                                               const PickleLimits& limits = {});

// FAILED_PRECONDITION: written on a big-endian machine.
absl::Status CheckByteOrder(ZipArchive& archive);

// The zip entry that holds a tensor's storage, checked to hold as much as the pickle claims.
// `folder` is "data" for data.pkl, "constants" for constants.pkl. Null for a storage without bytes
// that has no entry.
absl::StatusOr<const ZipEntry*> FindStorage(const ZipArchive& archive, std::string_view folder,
                                            const StorageRecord& storage);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_TORCH_ZIP_H_
