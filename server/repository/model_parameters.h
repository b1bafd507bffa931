// The parameters map of a ModelConfig, read into ModelSettings (which lists the keys).

#ifndef SCONCE_SERVER_REPOSITORY_MODEL_PARAMETERS_H_
#define SCONCE_SERVER_REPOSITORY_MODEL_PARAMETERS_H_

#include "absl/status/status.h"
#include "server/repository/model_settings.h"

namespace sconce {

// From settings.config.parameters. INVALID_ARGUMENT: an unknown key or an unfit value.
absl::Status ReadParameters(ModelSettings& settings);

// OK when `name` is the name of a file and no path to one. `what` names it in the error.
absl::Status CheckPlainFileName(std::string_view name, std::string_view what);

}  // namespace sconce

#endif  // SCONCE_SERVER_REPOSITORY_MODEL_PARAMETERS_H_
