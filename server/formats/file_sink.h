// A file being written that remembers why a write failed, for writers that only say that one did.

#ifndef SCONCE_SERVER_FORMATS_FILE_SINK_H_
#define SCONCE_SERVER_FORMATS_FILE_SINK_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sconce {

// Confined to one thread.
class FileSink {
 public:
  // Empties a file that is there.
  static absl::StatusOr<std::unique_ptr<FileSink>> Create(const std::string& path);
  ~FileSink();
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  // Returns `size`, always: after a failure the rest is thrown away and Close() reports it. Writers
  // that react to a short write by throwing from their destructor end normally this way.
  size_t Write(const void* data, size_t size);

  // RESOURCE_EXHAUSTED: the disk is full. Reports the first failure of any write.
  absl::Status Close();

 private:
  FileSink(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  const std::string path_;
  int fd_;
  absl::Status status_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_FILE_SINK_H_
