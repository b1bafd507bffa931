// A file being written, and its SHA-256 as the bytes go by.

#ifndef SCONCE_SERVER_FORMATS_IO_HASHED_FILE_H_
#define SCONCE_SERVER_FORMATS_IO_HASHED_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/io/output_files.h"
#include "server/formats/io/sha256.h"

namespace sconce {

struct WrittenFile {
  std::string name;  // in its folder; empty for the only file of a checkpoint
  uint64_t bytes = 0;
  std::string sha256;  // hexadecimal
};

// Confined to one thread.
class HashedFile final : public ByteSink {
 public:
  // Empties a file that is there. With `bytes`, room for them is reserved first: a disk too small
  // is RESOURCE_EXHAUSTED before anything was written.
  static absl::StatusOr<std::unique_ptr<HashedFile>> Create(std::string name, std::string path,
                                                            std::optional<uint64_t> bytes);
  ~HashedFile() override;
  HashedFile(const HashedFile&) = delete;
  HashedFile& operator=(const HashedFile&) = delete;

  absl::Status Write(std::string_view bytes) override;

  // Flushed to disk. INTERNAL: other than `bytes` came.
  absl::StatusOr<WrittenFile> Close();

 private:
  // Lets the disk work while more is written, so that Close has little to wait for.
  void StartFlushing();

  HashedFile(std::string name, std::string path, std::optional<uint64_t> bytes, int fd,
             Sha256 sha256)
      : name_(std::move(name)),
        path_(std::move(path)),
        expected_(bytes),
        fd_(fd),
        sha256_(std::move(sha256)) {}

  const std::string name_;
  const std::string path_;
  const std::optional<uint64_t> expected_;
  int fd_;
  Sha256 sha256_;
  uint64_t bytes_ = 0;
  uint64_t flushing_ = 0;  // up to here the disk was told to begin
};

// The same of a file that is there, without a name.
absl::StatusOr<WrittenFile> HashFile(const std::string& path);

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_HASHED_FILE_H_
