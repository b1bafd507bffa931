#include "server/formats/safetensors/safetensors_file.h"

#include "server/base/status_macros.h"
#include "server/formats/safetensors/safetensors_header.h"

namespace sconce {

absl::StatusOr<SafetensorsFile> OpenSafetensors(const std::shared_ptr<const ByteSource>& source) {
  SCONCE_ASSIGN_OR_RETURN(SafetensorsHeader header, ReadSafetensorsHeader(*source));
  SafetensorsFile file;
  file.metadata = std::move(header.metadata);
  for (SafetensorsHeader::Tensor& listed : header.tensors) {
    StoredTensor tensor;
    tensor.name = std::move(listed.name);
    tensor.dtype = FindDtype(listed.dtype);
    tensor.strides = ContiguousStrides(listed.shape);
    tensor.shape = std::move(listed.shape);
    tensor.storage = BytesAt(source, header.data_offset + listed.begin, listed.end - listed.begin);
    file.tensors.push_back(std::move(tensor));
  }
  return file;
}

}  // namespace sconce
