// Takes one pickle out of a file that may hold more behind it: finds its end without running it.

#ifndef SCONCE_SERVER_FORMATS_TORCH_PICKLE_FETCH_H_
#define SCONCE_SERVER_FORMATS_TORCH_PICKLE_FETCH_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/pickle/pickle.h"

namespace sconce {

struct FetchedPickle {
  std::string bytes;  // for ReadPickle
  uint64_t end = 0;   // in the file, behind its STOP
};

struct FetchLimits {
  uint64_t max_bytes = 0;
  // Byte strings of at least this size stay in the file: a reference to the place stands in the
  // pickle instead (see LeftInFile).
  uint64_t leave_from = UINT64_MAX;
};

// INVALID_ARGUMENT: no pickle, or cut short; the message has the offset in the file.
// RESOURCE_EXHAUSTED: larger than the limit.
absl::StatusOr<FetchedPickle> FetchPickle(const ByteSource& source, uint64_t offset,
                                          const FetchLimits& limits);

struct FileRange {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// The bytes that FetchPickle left in the file, when `value` stands for such.
std::optional<FileRange> LeftInFile(const PickleValue& value);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_TORCH_PICKLE_FETCH_H_
