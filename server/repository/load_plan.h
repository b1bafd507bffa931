// What a load will do, worked out from the request and the folder before anything is loaded: which
// versions, from which files, with which settings.

#ifndef SCONCE_SERVER_REPOSITORY_LOAD_PLAN_H_
#define SCONCE_SERVER_REPOSITORY_LOAD_PLAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/frontend/load_model.h"
#include "server/repository/folder_path.h"
#include "server/repository/model_settings.h"
#include "server/repository/repository.h"

namespace sconce {

struct LoadStep {
  int64_t version = 0;
  // An error when the version is there but its file is not to be had; the others may go on.
  absl::StatusOr<ModelSource> source;
};

struct LoadPlan {
  ModelSettings settings;
  std::vector<LoadStep> steps;  // at least one, oldest first
};

// `newest_known` is the highest version number of the name that the repository has seen, 0 for
// none; `default_device` counts where neither request nor configuration names one.
absl::StatusOr<LoadPlan> PlanLoad(const OpenedFolder& models,
                                  const Repository::LoadRequest& request, int64_t newest_known,
                                  const std::string& default_device);

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_LOAD_PLAN_H_
