// What the engine knows, in the words of the Open Inference Protocol. Pure functions.

#ifndef SCONCE_SERVER_RPC_INFERENCE_MESSAGES_H_
#define SCONCE_SERVER_RPC_INFERENCE_MESSAGES_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/inference/grpc_service.pb.h"
#include "server/repository/repository.h"

namespace sconce {

// The protocol's versions are text: "" and "0" are the default one (0). INVALID_ARGUMENT: not a
// number.
absl::StatusOr<int64_t> ParseModelVersion(std::string_view text);

// Inputs and outputs of "forward". A shape that nobody knows is [-1].
inference::ModelMetadataResponse MetadataOf(const ModelInfo& info,
                                            const std::vector<int64_t>& ready_versions);

// The folder's own configuration, with what it left out filled in from the signature.
inference::ModelConfig ConfigOf(const ModelInfo& info);

inference::ModelStatistics StatisticsOf(const ModelInfo& info, const StatisticsSnapshot& sums);

inference::RepositoryIndexResponse::ModelIndex IndexEntryOf(const ModelInfo& info);

// INVALID_ARGUMENT names the parameter that Sconce does not take.
absl::StatusOr<Repository::LoadRequest> LoadRequestOf(
    const inference::RepositoryModelLoadRequest& request);
absl::Status CheckUnloadRequest(const inference::RepositoryModelUnloadRequest& request);

}  // namespace sconce

#endif  // SCONCE_SERVER_RPC_INFERENCE_MESSAGES_H_
