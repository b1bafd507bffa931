// Where `sconce infer --out` puts an answer.

#ifndef SCONCE_CLIENT_CLI_WRITE_OUTPUTS_H_
#define SCONCE_CLIENT_CLI_WRITE_OUTPUTS_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/infer_codec.h"

namespace sconce::cli {

// {"model", "version", "outputs": [{"name", "datatype", "shape", "data"}]}
nlohmann::ordered_json ResultJson(const InferResult& result);

// FILE.npy takes the only output, FILE.json all of them as ResultJson, FOLDER/ each as NAME.npy (a
// folder that is missing is made). Returns the files written. INVALID_ARGUMENT: none of these, or
// an output whose name would leave the folder.
absl::StatusOr<std::vector<std::string>> WriteOutputs(const InferResult& result,
                                                      const std::string& out);

}  // namespace sconce::cli

#endif  // SCONCE_CLIENT_CLI_WRITE_OUTPUTS_H_
