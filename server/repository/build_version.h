// From a model file to a version that can serve: the loader, the threads, the description.

#ifndef SCONCE_SERVER_REPOSITORY_BUILD_VERSION_H_
#define SCONCE_SERVER_REPOSITORY_BUILD_VERSION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/repository/model_settings.h"
#include "server/repository/repository.h"

namespace sconce {

struct BuiltVersion {
  std::unique_ptr<ServingVersion> serving;
  ModelInfo info;  // state kReady
};

// What is known of a version before it is loaded, or when it can't be.
ModelInfo DescribeSource(const std::string& name, int64_t version, const ModelSource& source,
                         const ModelSettings& settings);

// Takes as long as loading takes. Never throws. `clock` outlives the result.
absl::StatusOr<BuiltVersion> BuildVersion(ModelInfo described, const ModelSource& source,
                                          const ModelSettings& settings,
                                          const Repository::Options& options,
                                          std::shared_ptr<ModelMetrics> metrics,
                                          const Clock& clock);

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_BUILD_VERSION_H_
