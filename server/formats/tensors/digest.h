// The digest of a weights file: of what it says, and of the checksums of what it holds.

#ifndef SCONCE_SERVER_FORMATS_TENSORS_DIGEST_H_
#define SCONCE_SERVER_FORMATS_TENSORS_DIGEST_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/tensors/stored_tensor.h"

namespace sconce {

// SHA-256, hexadecimal, of `structure` and the CRC-32 of every tensor's storage, read or not.
absl::StatusOr<std::string> DigestOf(std::string_view structure,
                                     const std::vector<StoredTensor>& tensors);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TENSORS_DIGEST_H_
