// Writes the zip files that torch.save writes: entries stored as they are, one after the other,
// each one's data aligned. Laid out as PyTorch's own writer does (miniz in caffe2/serialize), down
// to the data descriptors, because torch.load can be told to compute where a storage lies
// (torch/serialization.py, _get_offset). So no byte has to be read twice: an entry's checksum
// follows it.

#ifndef SCONCE_SERVER_FORMATS_ZIP_ZIP_WRITER_H_
#define SCONCE_SERVER_FORMATS_ZIP_ZIP_WRITER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/formats/io/output_files.h"
#include "server/formats/io/storage_bytes.h"
#include "server/formats/zip/zip_archive.h"

namespace sconce {

// Of what ZipWriter writes, in bytes, when it gets these.
uint64_t WrittenZipSize(const std::vector<ZipEntry>& entries);

// ZIP64 where sizes or offsets need it. Confined to one thread.
class ZipWriter {
 public:
  static constexpr uint64_t kAlignment = 64;

  // The sink outlives the writer.
  explicit ZipWriter(ByteSink& sink) : sink_(sink) {}

  // The caller sees to it that names differ and are shorter than 64 KiB.
  absl::Status Add(const std::string& name, const StorageBytes& bytes);

  // Ends the file.
  absl::Status Finish();

  // Of the entries so far, in order.
  std::vector<uint32_t> Checksums() const;

 private:
  struct Written {
    std::string name;
    uint64_t size = 0;
    uint64_t header_offset = 0;
    uint32_t crc32 = 0;
  };

  absl::Status Put(const std::string& bytes);

  ByteSink& sink_;
  uint64_t position_ = 0;
  std::vector<Written> written_;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_FORMATS_ZIP_ZIP_WRITER_H_
