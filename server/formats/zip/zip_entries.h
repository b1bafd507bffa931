// The entries of a zip file as bytes that can be read: stored ones straight from the file, deflated
// ones through libzip. Shared by the archive and by all that was given out of it.

#ifndef SCONCE_SERVER_FORMATS_ZIP_ZIP_ENTRIES_H_
#define SCONCE_SERVER_FORMATS_ZIP_ZIP_ENTRIES_H_

#include <zip.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/io/storage_bytes.h"
#include "server/formats/zip/zip_directory.h"

namespace sconce {

// Confined to one thread at a time, together with everything it gives out.
class ZipEntries {
 public:
  // Statuses as ReadZipDirectory.
  static absl::StatusOr<std::shared_ptr<ZipEntries>> Open(std::shared_ptr<const ByteSource> source,
                                                          const ZipDirectoryLimits& limits);

  const std::vector<ZipRecord>& records() const { return records_; }

  // Entry number `index`. Keeps `entries` alive.
  static std::shared_ptr<const StorageBytes> Bytes(std::shared_ptr<ZipEntries> entries,
                                                   size_t index);

  absl::Status ReadInto(size_t index, void* destination);
  absl::Status Stream(size_t index, const StorageBytes::Receive& receive);
  // A part of an entry that is not compressed, without its checksum.
  absl::Status ReadStored(size_t index, uint64_t offset, void* destination, uint64_t size) const;
  // Whether it was read to its end and had its checksum.
  bool verified(size_t index) const { return verified_[index]; }

 private:
  struct Discard {
    void operator()(zip_t* archive) const { zip_discard(archive); }
  };
  using Archive = std::unique_ptr<zip_t, Discard>;

  ZipEntries(std::shared_ptr<const ByteSource> source, std::vector<ZipRecord> records,
             Archive archive);

  absl::Status Inflate(size_t index, char* piece, uint64_t size,
                       const StorageBytes::Receive& receive);
  absl::Status Conclude(size_t index, const absl::Status& status);

  const std::shared_ptr<const ByteSource> source_;  // outlives archive_, which reads from it
  const std::vector<ZipRecord> records_;
  std::vector<bool> verified_;
  const Archive archive_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_ZIP_ZIP_ENTRIES_H_
