// What the names in a pickle stand for: "torch.nn.modules.linear" "Linear", "__main__" "Net".

#ifndef SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_NAMES_H_
#define SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_NAMES_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"
#include "server/frontend/python_source/interpreter/interpreter.h"
#include "server/frontend/python_source/interpreter/value.h"

namespace sconce::python {

struct StoredName {
  std::string module;
  std::string name;  // within it, dotted where classes nest
};

StoredName NameOf(const PickleValue& global);

// In Sconce's own torch, in the user's file of that module, or in whichever of the user's files
// defines it alone: scripts pickle their classes as __main__'s, and files move. NOT_FOUND: nowhere.
absl::StatusOr<Value> FindStored(Interpreter& interpreter, const StoredName& name);

}  // namespace sconce::python

#endif  // SCONCE_SERVER_FRONTEND_PYTHON_SOURCE_MODEL_STORED_NAMES_H_
