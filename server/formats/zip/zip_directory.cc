#include "server/formats/zip/zip_directory.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"
#include "server/formats/zip/zip_end.h"

namespace sconce {
namespace {

constexpr uint32_t kCentralMark = 0x02014b50;
constexpr uint32_t kLocalMark = 0x04034b50;
constexpr uint64_t kCentralSize = 46;
constexpr uint64_t kLocalSize = 30;
// Encrypted, patch data, strongly encrypted, masked headers.
constexpr uint16_t kForbiddenFlags = 0x0001 | 0x0020 | 0x0040 | 0x2000;
constexpr uint16_t kSizesFollowData = 0x0008;
constexpr uint64_t kBombRatio = 1000;

absl::Status Refuse(const std::string& name, std::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrFormat("zip entry \"%s\" %s", absl::CHexEscape(name), what));
}

// The ZIP64 extra field holds, in this order, those of the sizes and the offset that did not fit.
absl::Status WidenFromExtra(std::string_view extra, ZipRecord& record) {
  ByteReader fields(extra);
  const bool wide = record.size == 0xffffffff || record.compressed_size == 0xffffffff ||
                    record.header_offset == 0xffffffff;
  while (fields.remaining() >= 4) {
    const uint16_t id = *fields.ReadU16();
    const uint16_t size = *fields.ReadU16();
    const auto body = fields.ReadBytes(size);
    if (!body) return Refuse(record.name, "has an extra field that reaches past its header");
    if (id != 1 || !wide) continue;
    ByteReader values(*body);
    for (uint64_t* value : {&record.size, &record.compressed_size, &record.header_offset}) {
      if (*value != 0xffffffff) continue;
      const auto read = values.ReadU64();
      if (!read) return Refuse(record.name, "has a ZIP64 field that is too short");
      *value = *read;
    }
    return absl::OkStatus();
  }
  if (wide) return Refuse(record.name, "lacks its ZIP64 field");
  return absl::OkStatus();
}

absl::StatusOr<ZipRecord> ReadCentralRecord(ByteReader& reader) {
  if (reader.remaining() < kCentralSize || *reader.ReadU32() != kCentralMark) {
    return absl::InvalidArgumentError("zip file: the central directory is damaged");
  }
  ZipRecord record;
  reader.ReadBytes(4);  // versions
  record.flags = *reader.ReadU16();
  record.method = *reader.ReadU16();
  reader.ReadBytes(4);  // time and date
  record.crc32 = *reader.ReadU32();
  record.compressed_size = *reader.ReadU32();
  record.size = *reader.ReadU32();
  const uint16_t name_size = *reader.ReadU16();
  const uint16_t extra_size = *reader.ReadU16();
  const uint16_t comment_size = *reader.ReadU16();
  const uint16_t disk = *reader.ReadU16();
  reader.ReadBytes(6);  // attributes
  record.header_offset = *reader.ReadU32();
  const auto name = reader.ReadBytes(name_size);
  const auto extra = reader.ReadBytes(extra_size);
  if (!name || !extra || !reader.ReadBytes(comment_size)) {
    return absl::InvalidArgumentError("zip file: the central directory is cut short");
  }
  record.name = std::string(*name);
  if (disk != 0) return Refuse(record.name, "lies on another disk");
  SCONCE_RETURN_IF_ERROR(WidenFromExtra(*extra, record));
  return record;
}

absl::Status CheckRecord(const ZipRecord& record) {
  SCONCE_RETURN_IF_ERROR(CheckEntryName(record.name));
  if (record.flags & kForbiddenFlags) return Refuse(record.name, "is encrypted or patched");
  if (record.method != 0 && record.method != 8) {
    return Refuse(record.name,
                  absl::StrFormat("uses compression method %d; only stored (0) and deflated (8) "
                                  "are read",
                                  record.method));
  }
  if (record.method == 0 && record.size != record.compressed_size) {
    return Refuse(record.name, "is stored but has two sizes");
  }
  if (record.size / kBombRatio > record.compressed_size) {
    return Refuse(record.name,
                  absl::StrFormat("would grow from %d to %d bytes: a decompression bomb",
                                  record.compressed_size, record.size));
  }
  if (record.name.back() == '/' && record.size != 0) {
    return Refuse(record.name, "is a folder with data");
  }
  return absl::OkStatus();
}

// Compares the local header with the record and finds where the data begins.
absl::Status ReadLocalHeader(const ByteSource& source, uint64_t end_of_data, ZipRecord& record) {
  if (record.header_offset > end_of_data || end_of_data - record.header_offset < kLocalSize) {
    return Refuse(record.name, "begins outside the file");
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string header,
                          source.ReadString(record.header_offset, kLocalSize));
  ByteReader reader(header);
  if (*reader.ReadU32() != kLocalMark) return Refuse(record.name, "has no local header");
  reader.ReadBytes(2);  // version
  const uint16_t flags = *reader.ReadU16();
  const uint16_t method = *reader.ReadU16();
  reader.ReadBytes(4);  // time and date
  const uint32_t crc32 = *reader.ReadU32();
  const uint32_t compressed_size = *reader.ReadU32();
  const uint32_t size = *reader.ReadU32();
  const uint16_t name_size = *reader.ReadU16();
  const uint16_t extra_size = *reader.ReadU16();
  const uint64_t name_offset = record.header_offset + kLocalSize;
  record.data_offset = name_offset + name_size + extra_size;
  if (record.data_offset > end_of_data ||
      record.compressed_size > end_of_data - record.data_offset) {
    return Refuse(record.name, "reaches past the file's data");
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string name, source.ReadString(name_offset, name_size));
  if (name != record.name) {
    return Refuse(record.name,
                  absl::StrFormat("is called \"%s\" by its own header", absl::CHexEscape(name)));
  }
  if (method != record.method || (flags & kForbiddenFlags) != 0) {
    return Refuse(record.name, "is packed another way by its own header");
  }
  if ((flags & kSizesFollowData) != 0) return absl::OkStatus();
  const auto agrees = [](uint32_t local, uint64_t central) {
    return local == central || local == 0xffffffff;
  };
  if (crc32 != record.crc32 || !agrees(size, record.size) ||
      !agrees(compressed_size, record.compressed_size)) {
    return Refuse(record.name, "has another size or checksum by its own header");
  }
  return absl::OkStatus();
}

// LibTorch looks names up without regard to case, so two names that differ only in case are one.
absl::Status CheckNamesDiffer(const std::vector<ZipRecord>& records) {
  std::unordered_set<std::string> seen;
  for (const ZipRecord& record : records) {
    if (!seen.insert(absl::AsciiStrToLower(record.name)).second) {
      return Refuse(record.name, "occurs twice (names are compared without regard to case)");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckNoOverlap(const std::vector<ZipRecord>& records) {
  std::vector<const ZipRecord*> by_offset;
  by_offset.reserve(records.size());
  for (const ZipRecord& record : records) by_offset.push_back(&record);
  std::sort(by_offset.begin(), by_offset.end(), [](const ZipRecord* a, const ZipRecord* b) {
    return a->header_offset < b->header_offset;
  });
  uint64_t end = 0;
  for (const ZipRecord* record : by_offset) {
    if (record->header_offset < end) return Refuse(record->name, "overlaps another entry");
    end = record->data_offset + record->compressed_size;
  }
  if (!by_offset.empty() && by_offset.front()->header_offset != 0) {
    return absl::InvalidArgumentError("zip file: something precedes its first entry");
  }
  return absl::OkStatus();
}

absl::Status CheckTotal(const std::vector<ZipRecord>& records, uint64_t limit) {
  uint64_t total = 0;
  for (const ZipRecord& record : records) {
    const auto sum = CheckedAdd(total, record.size);
    if (!sum || *sum > limit) {
      return Refuse(record.name,
                    absl::StrFormat("takes the archive beyond the limit of %d bytes", limit));
    }
    total = *sum;
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckEntryName(const std::string& name) {
  if (name.empty()) return Refuse(name, "has no name");
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return Refuse(name, "has a control character in its name");
    }
    if (c == '\\') return Refuse(name, "has a backslash in its name");
  }
  if (name[0] == '/') return Refuse(name, "has an absolute name");
  if (name.size() > 1 && name[1] == ':') return Refuse(name, "has an absolute name");
  size_t start = 0;
  while (start < name.size()) {
    const size_t end = std::min(name.find('/', start), name.size());
    const std::string_view part = std::string_view(name).substr(start, end - start);
    if (part.empty() || part == "." || part == "..") {
      return Refuse(name, "has an empty, \".\" or \"..\" part in its name");
    }
    start = end + 1;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ZipRecord>> ReadZipDirectory(const ByteSource& source,
                                                        const ZipDirectoryLimits& limits) {
  SCONCE_ASSIGN_OR_RETURN(const ZipEnd end, FindZipEnd(source));
  if (end.entries > limits.max_entries || end.entries > end.directory_size / kCentralSize) {
    return absl::InvalidArgumentError(
        absl::StrFormat("zip file: claims %d entries; its directory of %d bytes and the limit of "
                        "%d do not allow that",
                        end.entries, end.directory_size, limits.max_entries));
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string directory,
                          source.ReadString(end.directory_offset, end.directory_size));
  ByteReader reader(directory);
  std::vector<ZipRecord> records;
  records.reserve(end.entries);
  for (uint64_t i = 0; i < end.entries; ++i) {
    SCONCE_ASSIGN_OR_RETURN(ZipRecord record, ReadCentralRecord(reader));
    SCONCE_RETURN_IF_ERROR(CheckRecord(record));
    SCONCE_RETURN_IF_ERROR(ReadLocalHeader(source, end.directory_offset, record));
    records.push_back(std::move(record));
  }
  if (!reader.empty()) {
    return absl::InvalidArgumentError("zip file: its directory holds more than it announces");
  }
  SCONCE_RETURN_IF_ERROR(CheckNamesDiffer(records));
  SCONCE_RETURN_IF_ERROR(CheckNoOverlap(records));
  SCONCE_RETURN_IF_ERROR(CheckTotal(records, limits.max_total_bytes));
  return records;
}

}  // namespace sconce
