// The zip container of torch.save around a pickle and its storages.
// Format: torch/serialization.py (_save).

#ifndef SCONCE_SERVER_FORMATS_CHECKPOINT_TORCH_ZIP_WRITER_H_
#define SCONCE_SERVER_FORMATS_CHECKPOINT_TORCH_ZIP_WRITER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/formats/io/output_files.h"
#include "server/formats/io/storage_bytes.h"

namespace sconce {

// One file, begun and finished here. `storages` by their number in the pickle.
absl::Status WriteTorchZip(std::string pickle,
                           const std::vector<std::shared_ptr<const StorageBytes>>& storages,
                           OutputFiles& out);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_CHECKPOINT_TORCH_ZIP_WRITER_H_
