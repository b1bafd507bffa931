// A checkpoint that appears whole or not at all, one file or a folder of files: written under a
// temporary name in the same folder, flushed to disk, read back, then renamed. Whoever reads the
// old one goes on reading the old one.

#ifndef SCONCE_SERVER_FORMATS_IO_ATOMIC_OUTPUT_H_
#define SCONCE_SERVER_FORMATS_IO_ATOMIC_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/io/hashed_file.h"
#include "server/formats/io/output_files.h"
#include "server/formats/io/temporary_path.h"

namespace sconce {

// Write into it, Finish, look at temporary() if you like, Commit. Destroyed without a Commit it
// leaves nothing behind and the target as it was; so does a killed process, but for the temporary
// file, which goes when the same target is written again. Confined to one thread.
class AtomicOutput final : public OutputFiles {
 public:
  // One file at `path`, begun once with an empty name. FAILED_PRECONDITION: a folder is there.
  // NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED: as the file system says.
  static absl::StatusOr<std::unique_ptr<AtomicOutput>> ForFile(const std::string& path);
  // A folder at `path` with the files that are begun: *.safetensors and *.index.json. It replaces a
  // folder that holds nothing else; FAILED_PRECONDITION otherwise.
  static absl::StatusOr<std::unique_ptr<AtomicOutput>> ForFolder(std::string path);

  absl::Status Begin(const std::string& name, std::optional<uint64_t> bytes) override;
  absl::Status Write(std::string_view bytes) override;
  // Everything is on disk.
  absl::Status Finish() override;

  // Where the file or folder is until Commit, to be read, not changed.
  const std::string& temporary() const { return temporary_->name(); }

  // After Finish, once. Reads everything back, compares the digests, renames. DATA_LOSS: the disk
  // gives back something else. In the order they were begun; the only file has an empty name.
  absl::StatusOr<std::vector<WrittenFile>> Commit();

 private:
  AtomicOutput(std::string path, TemporaryPath::Kind kind, std::unique_ptr<TemporaryPath> temporary)
      : path_(std::move(path)), kind_(kind), temporary_(std::move(temporary)) {}

  absl::Status Keep(absl::Status status);
  absl::Status EndFile();
  absl::Status CheckName(const std::string& name) const;
  std::string PathOf(const std::string& name) const;
  absl::Status ReadBack() const;

  const std::string path_;
  const TemporaryPath::Kind kind_;
  const std::unique_ptr<TemporaryPath> temporary_;
  std::unique_ptr<HashedFile> file_;
  std::vector<WrittenFile> written_;
  absl::Status failure_;
  bool finished_ = false;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_IO_ATOMIC_OUTPUT_H_
