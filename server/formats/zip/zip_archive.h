// A zip file read as a hostile one: every entry's CRC-32 is checked, and what a careful archive
// never has is refused.

#ifndef SCONCE_SERVER_FORMATS_ZIP_ZIP_ARCHIVE_H_
#define SCONCE_SERVER_FORMATS_ZIP_ZIP_ARCHIVE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/io/storage_bytes.h"

namespace sconce {

struct ZipEntry {
  std::string name;
  uint64_t size = 0;  // uncompressed
  uint32_t crc32 = 0;
};

// Confined to one thread at a time, together with the bytes it gives out. Opening refuses
// (INVALID_ARGUMENT): duplicate names, absolute names,
// "..", backslashes, NUL and control characters, more entries than `max_entries`, sizes beyond
// `max_total_bytes`, compression ratios of a bomb, entries that overlap or reach past the file,
// encryption.
class ZipArchive {
 public:
  struct Limits {
    uint64_t max_entries = 1 << 20;
    uint64_t max_total_bytes = uint64_t{1} << 40;
  };

  static absl::StatusOr<std::unique_ptr<ZipArchive>> Open(std::shared_ptr<const ByteSource> source,
                                                          Limits limits);
  static absl::StatusOr<std::unique_ptr<ZipArchive>> OpenFile(const std::string& path,
                                                              Limits limits);
  // The bytes outlive the archive.
  static absl::StatusOr<std::unique_ptr<ZipArchive>> OpenBytes(std::string_view bytes,
                                                               Limits limits);
  virtual ~ZipArchive() = default;

  // In the archive's order.
  virtual const std::vector<ZipEntry>& entries() const = 0;
  // PyTorch puts everything under one folder of any name: "archive", without the slash. Empty when
  // there is none.
  virtual const std::string& root() const = 0;
  virtual const ZipEntry* Find(std::string_view name) const = 0;

  // The entry, to be read later, and as long as anyone likes. NOT_FOUND: no such entry.
  virtual absl::StatusOr<std::shared_ptr<const StorageBytes>> Bytes(std::string_view name) = 0;
  // The whole entry, CRC checked. NOT_FOUND: no such entry. RESOURCE_EXHAUSTED: larger than
  // `max_bytes`.
  virtual absl::StatusOr<std::string> Read(std::string_view name, uint64_t max_bytes) = 0;
  // Straight into `destination`, which has the entry's size.
  virtual absl::Status ReadInto(std::string_view name, void* destination, uint64_t size) = 0;
  // Reads and checks every entry.
  virtual absl::Status VerifyAll() = 0;
  // The same without those that were read to their end before.
  virtual absl::Status VerifyRest() = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_ZIP_ZIP_ARCHIVE_H_
