// Which versions of a model are served. Pure.

#ifndef SCONCE_SERVER_REPOSITORY_VERSION_POLICY_H_
#define SCONCE_SERVER_REPOSITORY_VERSION_POLICY_H_

#include <cstdint>
#include <set>

#include "proto/inference/model_config.pb.h"

namespace sconce {

// The versions of a folder that the policy wants to serve: the newest `num_versions` (one when
// nothing is said), all, or those named. A named one that the folder lacks is in the answer too:
// whoever loads it says that it is missing.
std::set<int64_t> VersionsToServe(const inference::ModelVersionPolicy& policy,
                                  const std::set<int64_t>& present);

// The ready versions to retire once `loaded` serves: with `latest`, the ones older than `loaded`
// that are not among the newest `num_versions`. Newer ones stay, and the other policies retire
// nothing.
std::set<int64_t> VersionsToRetire(const inference::ModelVersionPolicy& policy,
                                   const std::set<int64_t>& ready, int64_t loaded);

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_VERSION_POLICY_H_
