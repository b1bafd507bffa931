// The pieces that WeightsFile::Open is made of.

#ifndef SCONCE_SERVER_FORMATS_WEIGHTS_WEIGHTS_PARTS_H_
#define SCONCE_SERVER_FORMATS_WEIGHTS_WEIGHTS_PARTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/formats/weights/weights_file.h"

namespace sconce {

// The weights of one file. Never follows an index.
absl::StatusOr<std::unique_ptr<WeightsFile>> OpenOne(const std::string& path,
                                                     const WeightsOptions& options);

// The shards that `index` names, as one.
absl::StatusOr<std::unique_ptr<WeightsFile>> OpenShards(const std::string& index,
                                                        const WeightsOptions& options);

// Keeps the tensors whose names begin with `key` and a dot, without that beginning; returns it.
// FAILED_PRECONDITION: no name does.
absl::StatusOr<std::string> TakePart(const std::string& key, std::vector<StoredTensor>& tensors);

// Takes off what DataParallel and torch.compile put in front of every name, however often; returns
// it.
std::string StripPrefix(std::vector<StoredTensor>& tensors);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_WEIGHTS_WEIGHTS_PARTS_H_
