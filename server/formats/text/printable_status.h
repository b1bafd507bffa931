// Errors about files of strangers, made fit for terminals and logs.

#ifndef SCONCE_SERVER_FORMATS_TEXT_PRINTABLE_STATUS_H_
#define SCONCE_SERVER_FORMATS_TEXT_PRINTABLE_STATUS_H_

#include "absl/status/status.h"

namespace sconce {

// The same, its message made of printable characters and cut where a hostile file made it long.
absl::Status PrintableStatus(const absl::Status& status);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TEXT_PRINTABLE_STATUS_H_
