#include "server/formats/zip/zip_archive.h"

#include <unordered_map>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/zip/zip_entries.h"

namespace sconce {
namespace {

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

class CheckedArchive final : public ZipArchive {
 public:
  explicit CheckedArchive(std::shared_ptr<ZipEntries> contents)
      : contents_(std::move(contents)), root_(CommonRoot(contents_->records())) {
    const std::vector<ZipRecord>& records = contents_->records();
    entries_.reserve(records.size());
    for (size_t i = 0; i < records.size(); ++i) {
      entries_.push_back({records[i].name, records[i].size, records[i].crc32});
      by_name_.emplace(records[i].name, i);
    }
  }

  const std::vector<ZipEntry>& entries() const override { return entries_; }
  const std::string& root() const override { return root_; }

  const ZipEntry* Find(std::string_view name) const override {
    const auto found = by_name_.find(std::string(name));
    return found == by_name_.end() ? nullptr : &entries_[found->second];
  }

  absl::StatusOr<std::shared_ptr<const StorageBytes>> Bytes(std::string_view name) override {
    SCONCE_ASSIGN_OR_RETURN(const size_t index, IndexOf(name));
    return ZipEntries::Bytes(contents_, index);
  }

  absl::StatusOr<std::string> Read(std::string_view name, uint64_t max_bytes) override {
    SCONCE_ASSIGN_OR_RETURN(const size_t index, IndexOf(name));
    const uint64_t size = entries_[index].size;
    if (size > max_bytes) {
      return absl::ResourceExhaustedError(absl::StrFormat(
          "zip entry \"%s\" has %d bytes; at most %d are read", name, size, max_bytes));
    }
    std::string bytes(static_cast<size_t>(size), '\0');
    SCONCE_RETURN_IF_ERROR(contents_->ReadInto(index, bytes.data()));
    return bytes;
  }

  absl::Status ReadInto(std::string_view name, void* destination, uint64_t size) override {
    SCONCE_ASSIGN_OR_RETURN(const size_t index, IndexOf(name));
    if (entries_[index].size != size) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "zip entry \"%s\" has %d bytes, expected %d", name, entries_[index].size, size));
    }
    return contents_->ReadInto(index, destination);
  }

  absl::Status VerifyAll() override { return Verify(/*again=*/true); }
  absl::Status VerifyRest() override { return Verify(/*again=*/false); }

 private:
  absl::StatusOr<size_t> IndexOf(std::string_view name) const {
    const auto found = by_name_.find(std::string(name));
    if (found != by_name_.end()) return found->second;
    return absl::NotFoundError(absl::StrFormat("the zip file has no entry \"%s\"", name));
  }

  absl::Status Verify(bool again) {
    for (size_t index = 0; index < entries_.size(); ++index) {
      if (!again && contents_->verified(index)) continue;
      SCONCE_RETURN_IF_ERROR(
          contents_->Stream(index, [](std::string_view) { return absl::OkStatus(); }));
    }
    return absl::OkStatus();
  }

  const std::shared_ptr<ZipEntries> contents_;
  const std::string root_;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string, size_t> by_name_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ZipArchive>> ZipArchive::Open(
    std::shared_ptr<const ByteSource> source, Limits limits) {
  SCONCE_ASSIGN_OR_RETURN(
      auto contents,
      ZipEntries::Open(std::move(source), {limits.max_entries, limits.max_total_bytes}));
  return std::make_unique<CheckedArchive>(std::move(contents));
}

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
