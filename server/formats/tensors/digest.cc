#include "server/formats/tensors/digest.h"

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/sha256.h"

namespace sconce {

absl::StatusOr<std::string> DigestOf(std::string_view structure,
                                     const std::vector<StoredTensor>& tensors) {
  SCONCE_ASSIGN_OR_RETURN(Sha256 sha256, Sha256::Start());
  SCONCE_RETURN_IF_ERROR(sha256.Add(structure));
  for (const StoredTensor& tensor : tensors) {
    SCONCE_ASSIGN_OR_RETURN(const uint32_t crc32, tensor.storage->Crc32());
    SCONCE_RETURN_IF_ERROR(sha256.Add(absl::StrFormat("\n%d %s %08x %d", tensor.name.size(),
                                                      tensor.name, crc32, tensor.storage->size())));
  }
  return sha256.Finish();
}

}  // namespace sconce
