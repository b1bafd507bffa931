#include "server/formats/zip/zip_entries.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/zip/zip_source.h"

namespace sconce {
namespace {

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
using OpenEntry = std::unique_ptr<zip_file_t, CloseEntry>;

constexpr uint64_t kPieceOfDeflated = uint64_t{256} << 10;

class EntryBytes final : public StorageBytes {
 public:
  EntryBytes(std::shared_ptr<ZipEntries> entries, size_t index)
      : entries_(std::move(entries)), index_(index) {}

  uint64_t size() const override { return entries_->records()[index_].size; }
  absl::Status ReadInto(void* destination) const override {
    return entries_->ReadInto(index_, destination);
  }
  absl::Status Stream(const Receive& receive) const override {
    return entries_->Stream(index_, receive);
  }
  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    if (entries_->records()[index_].method != 0) {
      return StorageBytes::ReadAt(offset, destination, size);
    }
    return entries_->ReadStored(index_, offset, destination, size);
  }
  absl::StatusOr<uint32_t> Crc32() const override { return entries_->records()[index_].crc32; }

 private:
  const std::shared_ptr<ZipEntries> entries_;
  const size_t index_;
};

absl::Status FillPiece(zip_file_t* entry, char* to, uint64_t size) {
  while (size > 0) {
    const zip_int64_t got = zip_fread(entry, to, size);
    if (got < 0) return absl::InvalidArgumentError(zip_file_strerror(entry));
    if (got == 0) return absl::InvalidArgumentError("ends before its stated size");
    to += got;
    size -= static_cast<uint64_t>(got);
  }
  return absl::OkStatus();
}

// libzip compares size and CRC-32 with the directory only when it meets the end of the entry.
absl::Status MeetEnd(zip_file_t* entry) {
  char beyond;
  const zip_int64_t got = zip_fread(entry, &beyond, 1);
  if (got < 0) return absl::InvalidArgumentError(zip_file_strerror(entry));
  if (got > 0) return absl::InvalidArgumentError("goes on after its stated size");
  return absl::OkStatus();
}

// libzip reads the directory for itself; it must have come to the same result.
absl::Status CheckAgreement(zip_t* archive, const std::vector<ZipRecord>& records) {
  if (zip_get_num_entries(archive, 0) != static_cast<zip_int64_t>(records.size())) {
    return absl::InvalidArgumentError("zip file: two readers count different entries");
  }
  for (size_t i = 0; i < records.size(); ++i) {
    const ZipRecord& record = records[i];
    zip_stat_t stat;
    zip_stat_init(&stat);
    const char* name = zip_get_name(archive, i, ZIP_FL_ENC_RAW);
    if (name == nullptr || record.name != name || zip_stat_index(archive, i, 0, &stat) != 0 ||
        stat.size != record.size || stat.comp_size != record.compressed_size ||
        stat.crc != record.crc32 || stat.comp_method != record.method) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "zip entry \"%s\": two readers see it differently", absl::CHexEscape(record.name)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

ZipEntries::ZipEntries(std::shared_ptr<const ByteSource> source, std::vector<ZipRecord> records,
                       Archive archive)
    : source_(std::move(source)),
      records_(std::move(records)),
      verified_(records_.size(), false),
      archive_(std::move(archive)) {}

absl::StatusOr<std::shared_ptr<ZipEntries>> ZipEntries::Open(
    std::shared_ptr<const ByteSource> source, const ZipDirectoryLimits& limits) {
  SCONCE_ASSIGN_OR_RETURN(std::vector<ZipRecord> records, ReadZipDirectory(*source, limits));
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* stream = MakeZipSource(*source, &error);
  zip_t* opened = stream == nullptr ? nullptr : zip_open_from_source(stream, ZIP_RDONLY, &error);
  if (opened == nullptr) {
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    if (stream != nullptr) zip_source_free(stream);
    return absl::InvalidArgumentError(absl::StrFormat("zip file: %s", reason));
  }
  zip_error_fini(&error);
  Archive archive(opened);
  SCONCE_RETURN_IF_ERROR(CheckAgreement(archive.get(), records));
  return std::shared_ptr<ZipEntries>(
      new ZipEntries(std::move(source), std::move(records), std::move(archive)));
}

std::shared_ptr<const StorageBytes> ZipEntries::Bytes(std::shared_ptr<ZipEntries> entries,
                                                      size_t index) {
  return std::make_shared<EntryBytes>(std::move(entries), index);
}

absl::Status ZipEntries::ReadInto(size_t index, void* destination) {
  const ZipRecord& record = records_[index];
  if (record.method == 0) {
    return Conclude(
        index,
        BytesAt(source_, record.data_offset, record.size, record.crc32)->ReadInto(destination));
  }
  return Conclude(index, Inflate(index, static_cast<char*>(destination), record.size, nullptr));
}

absl::Status ZipEntries::ReadStored(size_t index, uint64_t offset, void* destination,
                                    uint64_t size) const {
  const ZipRecord& record = records_[index];
  return BytesAt(source_, record.data_offset, record.size)->ReadAt(offset, destination, size);
}

absl::Status ZipEntries::Stream(size_t index, const StorageBytes::Receive& receive) {
  const ZipRecord& record = records_[index];
  absl::Status received;  // an error of the receiver's is passed on as it is
  const auto watch = [&](std::string_view piece) { return received = receive(piece); };
  absl::Status result;
  if (record.method == 0) {
    result = BytesAt(source_, record.data_offset, record.size, record.crc32)->Stream(watch);
  } else {
    std::string piece(static_cast<size_t>(std::min(record.size, kPieceOfDeflated)), '\0');
    result = Inflate(index, piece.data(), piece.size(), watch);
  }
  return received.ok() ? Conclude(index, result) : received;
}

// Into the whole of `piece` without a receiver; into it again and again with one.
absl::Status ZipEntries::Inflate(size_t index, char* piece, uint64_t size,
                                 const StorageBytes::Receive& receive) {
  const OpenEntry entry(zip_fopen_index(archive_.get(), index, 0));
  if (entry == nullptr) return absl::InvalidArgumentError(zip_strerror(archive_.get()));
  for (uint64_t left = records_[index].size; left > 0;) {
    const uint64_t step = std::min(left, size);
    SCONCE_RETURN_IF_ERROR(FillPiece(entry.get(), piece, step));
    if (receive) SCONCE_RETURN_IF_ERROR(receive({piece, static_cast<size_t>(step)}));
    left -= step;
  }
  return MeetEnd(entry.get());
}

absl::Status ZipEntries::Conclude(size_t index, const absl::Status& status) {
  if (status.ok()) {
    verified_[index] = true;
    return status;
  }
  return absl::Status(
      status.code(), absl::StrFormat("zip entry \"%s\": %s", absl::CHexEscape(records_[index].name),
                                     std::string(status.message())));
}

}  // namespace sconce
