#include "server/formats/zip_archive.h"

#include <zip.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/byte_source.h"
#include "server/formats/zip_directory.h"
#include "server/formats/zip_source.h"

namespace sconce {
namespace {

struct CloseEntry {
  void operator()(zip_file_t* entry) const { zip_fclose(entry); }
};
struct DiscardArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using OpenEntry = std::unique_ptr<zip_file_t, CloseEntry>;
using OpenArchive = std::unique_ptr<zip_t, DiscardArchive>;

absl::Status Damaged(const std::string& name, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrFormat("zip entry \"%s\": %s", absl::CHexEscape(name), what));
}

// The first folder all entries share, as PyTorch lays archives out.
std::string CommonRoot(const std::vector<ZipRecord>& records) {
  if (records.empty()) return "";
  const size_t slash = records[0].name.find('/');
  if (slash == std::string::npos) return "";
  const std::string prefix = records[0].name.substr(0, slash + 1);
  for (const ZipRecord& record : records) {
    if (record.name.compare(0, prefix.size(), prefix) != 0) return "";
  }
  return prefix.substr(0, slash);
}

class LibzipArchive final : public ZipArchive {
 public:
  LibzipArchive(std::unique_ptr<ByteSource> source, std::vector<ZipRecord> records,
                OpenArchive archive)
      : source_(std::move(source)),
        records_(std::move(records)),
        root_(CommonRoot(records_)),
        archive_(std::move(archive)) {
    entries_.reserve(records_.size());
    for (size_t i = 0; i < records_.size(); ++i) {
      entries_.push_back({records_[i].name, records_[i].size});
      by_name_.emplace(records_[i].name, i);
    }
  }

  const std::vector<ZipEntry>& entries() const override { return entries_; }
  const std::string& root() const override { return root_; }

  const ZipEntry* Find(std::string_view name) const override {
    const auto found = by_name_.find(std::string(name));
    return found == by_name_.end() ? nullptr : &entries_[found->second];
  }

  absl::StatusOr<std::string> Read(std::string_view name, uint64_t max_bytes) override {
    SCONCE_ASSIGN_OR_RETURN(const size_t index, IndexOf(name));
    const uint64_t size = entries_[index].size;
    if (size > max_bytes) {
      return absl::ResourceExhaustedError(absl::StrFormat(
          "zip entry \"%s\" has %d bytes; at most %d are read", name, size, max_bytes));
    }
    std::string bytes(static_cast<size_t>(size), '\0');
    SCONCE_RETURN_IF_ERROR(ReadEntry(index, bytes.data(), size));
    return bytes;
  }

  absl::Status ReadInto(std::string_view name, void* destination, uint64_t size) override {
    SCONCE_ASSIGN_OR_RETURN(const size_t index, IndexOf(name));
    if (entries_[index].size != size) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "zip entry \"%s\" has %d bytes, expected %d", name, entries_[index].size, size));
    }
    return ReadEntry(index, destination, size);
  }

  absl::Status VerifyAll() override {
    uint64_t largest = 0;
    for (const ZipEntry& entry : entries_) largest = std::max(largest, entry.size);
    std::string scratch(std::min<uint64_t>(largest, kChunk), '\0');
    for (size_t index = 0; index < entries_.size(); ++index) {
      SCONCE_ASSIGN_OR_RETURN(OpenEntry entry, Open(index));
      uint64_t left = entries_[index].size;
      while (left > 0) {
        const uint64_t step = std::min<uint64_t>(left, scratch.size());
        SCONCE_RETURN_IF_ERROR(ReadChunk(index, entry.get(), scratch.data(), step));
        left -= step;
      }
      SCONCE_RETURN_IF_ERROR(Finish(index, entry.get()));
    }
    return absl::OkStatus();
  }

 private:
  static constexpr size_t kChunk = size_t{1} << 18;

  absl::StatusOr<size_t> IndexOf(std::string_view name) const {
    const auto found = by_name_.find(std::string(name));
    if (found != by_name_.end()) return found->second;
    return absl::NotFoundError(absl::StrFormat("the zip file has no entry \"%s\"", name));
  }

  absl::StatusOr<OpenEntry> Open(size_t index) {
    OpenEntry entry(zip_fopen_index(archive_.get(), index, 0));
    if (entry != nullptr) return entry;
    return Damaged(records_[index].name, zip_strerror(archive_.get()));
  }

  absl::Status ReadChunk(size_t index, zip_file_t* entry, char* to, uint64_t size) {
    while (size > 0) {
      const zip_int64_t got = zip_fread(entry, to, size);
      if (got < 0) return Damaged(records_[index].name, zip_file_strerror(entry));
      if (got == 0) return Damaged(records_[index].name, "ends before its stated size");
      to += got;
      size -= static_cast<uint64_t>(got);
    }
    return absl::OkStatus();
  }

  // libzip compares size and CRC-32 with the directory only when it meets the end of the entry.
  absl::Status Finish(size_t index, zip_file_t* entry) {
    char beyond;
    const zip_int64_t got = zip_fread(entry, &beyond, 1);
    if (got < 0) return Damaged(records_[index].name, zip_file_strerror(entry));
    if (got > 0) return Damaged(records_[index].name, "goes on after its stated size");
    return absl::OkStatus();
  }

  absl::Status ReadEntry(size_t index, void* destination, uint64_t size) {
    SCONCE_ASSIGN_OR_RETURN(OpenEntry entry, Open(index));
    SCONCE_RETURN_IF_ERROR(ReadChunk(index, entry.get(), static_cast<char*>(destination), size));
    return Finish(index, entry.get());
  }

  const std::unique_ptr<ByteSource> source_;  // outlives archive_, which reads from it
  const std::vector<ZipRecord> records_;
  const std::string root_;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string, size_t> by_name_;
  const OpenArchive archive_;
};

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
      return Damaged(record.name, "two readers see it differently");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ZipArchive>> Open(std::unique_ptr<ByteSource> source,
                                                 ZipArchive::Limits limits) {
  SCONCE_ASSIGN_OR_RETURN(std::vector<ZipRecord> records,
                          ReadZipDirectory(*source, {limits.max_entries, limits.max_total_bytes}));
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
  OpenArchive archive(opened);
  SCONCE_RETURN_IF_ERROR(CheckAgreement(archive.get(), records));
  return std::unique_ptr<ZipArchive>(
      new LibzipArchive(std::move(source), std::move(records), std::move(archive)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ZipArchive>> ZipArchive::OpenFile(const std::string& path,
                                                                 Limits limits) {
  SCONCE_ASSIGN_OR_RETURN(auto source, ByteSource::OpenFile(path));
  return Open(std::move(source), limits);
}

absl::StatusOr<std::unique_ptr<ZipArchive>> ZipArchive::OpenBytes(std::string_view bytes,
                                                                  Limits limits) {
  return Open(ByteSource::OverBytes(bytes), limits);
}

}  // namespace sconce
