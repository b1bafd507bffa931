// The ways a pickle has to write bytes: as bytes, or, in protocols that have none, as a call that
// makes them of text.

#ifndef SCONCE_SERVER_FORMATS_PICKLE_PICKLE_BYTES_H_
#define SCONCE_SERVER_FORMATS_PICKLE_PICKLE_BYTES_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/formats/pickle/pickle.h"

namespace sconce {

// bytes, bytearray, a Python 2 string, _codecs.encode(text, "latin1"), bytes(). INVALID_ARGUMENT:
// none of them.
absl::StatusOr<std::string> DecodeBytes(const PickleValue& value);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_PICKLE_PICKLE_BYTES_H_
