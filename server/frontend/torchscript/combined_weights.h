// The weights of a module that was made of an incomplete file, or of one that holds more.

#ifndef SCONCE_SERVER_FRONTEND_TORCHSCRIPT_COMBINED_WEIGHTS_H_
#define SCONCE_SERVER_FRONTEND_TORCHSCRIPT_COMBINED_WEIGHTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/weights/weights_file.h"

namespace sconce {

// Those that `names` lists, in that order: from `given` where it has them, else from `skeleton`,
// which may be null.
// NOT_FOUND: neither has one. The digest is that of `given`.
absl::StatusOr<std::unique_ptr<WeightsFile>> CombineWeights(std::unique_ptr<WeightsFile> given,
                                                            std::unique_ptr<WeightsFile> skeleton,
                                                            const std::vector<std::string>& names);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_TORCHSCRIPT_COMBINED_WEIGHTS_H_
