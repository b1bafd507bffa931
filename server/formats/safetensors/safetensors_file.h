// A safetensors file as stored tensors.

#ifndef SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_FILE_H_
#define SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_FILE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

struct SafetensorsFile {
  std::vector<StoredTensor> tensors;  // by position in the file
  std::vector<std::pair<std::string, std::string>> metadata;
};

// Reads the header. Statuses as ReadSafetensorsHeader.
absl::StatusOr<SafetensorsFile> OpenSafetensors(const std::shared_ptr<const ByteSource>& source);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_SAFETENSORS_SAFETENSORS_FILE_H_
