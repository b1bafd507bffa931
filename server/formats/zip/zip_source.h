// Lets libzip read from a ByteSource: one way in for files and memory, and the same open file that
// our own checks have read.

#ifndef SCONCE_SERVER_FORMATS_ZIP_ZIP_SOURCE_H_
#define SCONCE_SERVER_FORMATS_ZIP_ZIP_SOURCE_H_

#include <zip.h>

#include "server/formats/io/byte_source.h"

namespace sconce {

// `source` outlives the result. Null on failure, with `error` filled.
zip_source_t* MakeZipSource(const ByteSource& source, zip_error_t* error);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_ZIP_ZIP_SOURCE_H_
