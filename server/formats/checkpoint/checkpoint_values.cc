#include "server/formats/checkpoint/checkpoint_values.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/checkpoint/optimizer_state.h"
#include "server/formats/pickle/json_pickle.h"
#include "server/formats/text/strict_json.h"

namespace sconce {
namespace {

constexpr int kMostNesting = 100;

}  // namespace

absl::StatusOr<CheckpointValues> ReadCheckpointValues(const std::string& json,
                                                      const std::vector<StoredTensor>& tensors,
                                                      PickleBuilder& builder,
                                                      TensorPickler& pickler) {
  CheckpointValues values;
  if (json.empty()) return values;
  const auto parsed = ParseStrictJson(json, kMostNesting);
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("the values for the checkpoint: %s; expected an object like "
                        "{\"epoch\": 12}, with finite numbers",
                        std::string(parsed.status().message())));
  }
  for (const auto& [key, value] : parsed->items()) {
    if (key == "optimizer_state_dict") {
      SCONCE_ASSIGN_OR_RETURN(const PickleValue* state,
                              PickleOptimizerState(value, tensors, builder, pickler));
      values.emplace_back(key, state);
    } else {
      values.emplace_back(key, PickleJson(value, builder));
    }
  }
  return values;
}

}  // namespace sconce
