// JSON as the Python values that json.loads makes of it.

#ifndef SCONCE_SERVER_FORMATS_PICKLE_JSON_PICKLE_H_
#define SCONCE_SERVER_FORMATS_PICKLE_JSON_PICKLE_H_

#include <nlohmann/json_fwd.hpp>

#include "server/formats/pickle/pickle_builder.h"

namespace sconce {

// Nested no deeper than the stack allows: a few thousand levels.
const PickleValue* PickleJson(const nlohmann::json& json, PickleBuilder& builder);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_PICKLE_JSON_PICKLE_H_
