// The Python files that a ModelSource names.

#ifndef SCONCE_SERVER_FRONTEND_READ_SOURCES_H_
#define SCONCE_SERVER_FRONTEND_READ_SOURCES_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/frontend/load_model.h"
#include "server/frontend/python_source/python_source.h"

namespace sconce {

struct NamedSources {
  PythonSource source;  // files are named relative to the source's root
  std::string digest;   // of all of them, and of what the class is made with
};

// NOT_FOUND, PERMISSION_DENIED: one can't be read. RESOURCE_EXHAUSTED: it is too large.
absl::StatusOr<NamedSources> ReadSources(const ModelSource& source);

}  // namespace sconce

#endif  // SCONCE_SERVER_FRONTEND_READ_SOURCES_H_
