#include "server/formats/zip/zip_writer.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/crc32.h"

namespace sconce {
namespace {

constexpr uint64_t kLocalSize = 30;
constexpr uint64_t kCentralSize = 46;
constexpr uint64_t kEndSize = 22;
constexpr uint64_t kWideEndSize = 56 + 20;  // the record and its locator
constexpr uint64_t kFieldSize = 4;          // of an extra field: its id and length
constexpr uint64_t kNarrow = 0xffffffff;    // this and more goes into a ZIP64 field
constexpr uint16_t kUtf8Names = 0x0800;
constexpr uint16_t kSizesFollowData = 0x0008;

void Append(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

// What a 32-bit field says of a number that may not fit.
void AppendNarrow(std::string& out, uint64_t value) { Append(out, std::min(value, kNarrow), 4); }

// The sizes and the offset that did not fit, in the order the format wants.
std::string WideField(uint64_t size, uint64_t header_offset) {
  std::string values;
  if (size >= kNarrow) {
    Append(values, size, 8);
    Append(values, size, 8);
  }
  if (header_offset >= kNarrow) Append(values, header_offset, 8);
  if (values.empty()) return values;
  std::string field;
  Append(field, 1, 2);
  Append(field, values.size(), 2);
  return field + values;
}

uint16_t VersionNeeded(uint64_t size, uint64_t header_offset) {
  return size >= kNarrow || header_offset >= kNarrow ? 45 : 20;
}

uint16_t FlagsOf(uint64_t size) { return size > 0 ? kUtf8Names | kSizesFollowData : kUtf8Names; }

uint64_t Aligned(uint64_t position) {
  return (position + ZipWriter::kAlignment - 1) / ZipWriter::kAlignment * ZipWriter::kAlignment;
}

// An extra field of the wanted length, padding like PyTorch's.
std::string PaddingField(uint64_t length) {
  std::string field = "FB";
  Append(field, length, 2);
  return field.append(length, 'Z');
}

// With everything up to the data.
std::string LocalHeader(const std::string& name, uint64_t size, uint64_t offset) {
  std::string extra = WideField(size, offset);
  const uint64_t unaligned = offset + kLocalSize + name.size() + extra.size() + kFieldSize;
  extra += PaddingField(Aligned(unaligned) - unaligned);
  std::string header;
  Append(header, 0x04034b50, 4);
  Append(header, VersionNeeded(size, offset), 2);
  Append(header, FlagsOf(size), 2);
  header.append(2 + 4 + 4, '\0');  // stored; no date; the checksum follows the data
  Append(header, size >= kNarrow ? kNarrow : 0, 4);
  Append(header, size >= kNarrow ? kNarrow : 0, 4);
  Append(header, name.size(), 2);
  Append(header, extra.size(), 2);
  return header + name + extra;
}

std::string DataDescriptor(uint64_t size, uint64_t header_offset, uint32_t crc32) {
  std::string descriptor;
  if (size == 0) return descriptor;
  const int width = size >= kNarrow || header_offset >= kNarrow ? 8 : 4;
  Append(descriptor, 0x08074b50, 4);
  Append(descriptor, crc32, 4);
  Append(descriptor, size, width);
  Append(descriptor, size, width);
  return descriptor;
}

std::string CentralRecord(const std::string& name, uint64_t size, uint64_t offset, uint32_t crc32) {
  const std::string extra = WideField(size, offset);
  std::string record;
  Append(record, 0x02014b50, 4);
  Append(record, VersionNeeded(size, offset), 2);
  Append(record, VersionNeeded(size, offset), 2);
  Append(record, FlagsOf(size), 2);
  Append(record, 0, 2);  // stored
  Append(record, 0, 4);  // no date
  Append(record, crc32, 4);
  AppendNarrow(record, size);
  AppendNarrow(record, size);
  Append(record, name.size(), 2);
  Append(record, extra.size(), 2);
  Append(record, 0, 2 + 2 + 2);  // comment, disk, internal attributes
  Append(record, 0, 4);          // external attributes
  AppendNarrow(record, offset);
  return record + name + extra;
}

bool NeedsWideEnd(uint64_t entries, uint64_t directory_size, uint64_t directory_offset) {
  return entries >= 0xffff || directory_size >= kNarrow || directory_offset >= kNarrow;
}

std::string WideEnd(uint64_t entries, uint64_t size, uint64_t offset) {
  std::string end;
  Append(end, 0x06064b50, 4);
  Append(end, 44, 8);  // bytes that follow
  Append(end, 45, 2);
  Append(end, 45, 2);
  Append(end, 0, 4 + 4);  // disks
  Append(end, entries, 8);
  Append(end, entries, 8);
  Append(end, size, 8);
  Append(end, offset, 8);
  Append(end, 0x07064b50, 4);  // the locator
  Append(end, 0, 4);
  Append(end, offset + size, 8);
  Append(end, 1, 4);
  return end;
}

std::string End(uint64_t entries, uint64_t size, uint64_t offset) {
  std::string end;
  if (NeedsWideEnd(entries, size, offset)) end = WideEnd(entries, size, offset);
  Append(end, 0x06054b50, 4);
  Append(end, 0, 2 + 2);  // disks
  Append(end, std::min<uint64_t>(entries, 0xffff), 2);
  Append(end, std::min<uint64_t>(entries, 0xffff), 2);
  AppendNarrow(end, size);
  AppendNarrow(end, offset);
  Append(end, 0, 2);  // comment
  return end;
}

}  // namespace

uint64_t WrittenZipSize(const std::vector<ZipEntry>& entries) {
  uint64_t position = 0;
  uint64_t directory = 0;
  for (const ZipEntry& entry : entries) {
    const uint64_t wide = WideField(entry.size, position).size();
    directory += kCentralSize + entry.name.size() + wide;
    const uint64_t data = Aligned(position + kLocalSize + entry.name.size() + wide + kFieldSize);
    position = data + entry.size + DataDescriptor(entry.size, position, 0).size();
  }
  const bool wide_end = NeedsWideEnd(entries.size(), directory, position);
  return position + directory + (wide_end ? kWideEndSize : 0) + kEndSize;
}

absl::Status ZipWriter::Add(const std::string& name, const StorageBytes& bytes) {
  Written entry{.name = name, .size = bytes.size(), .header_offset = position_};
  SCONCE_RETURN_IF_ERROR(Put(LocalHeader(name, entry.size, entry.header_offset)));
  const uint64_t begin = position_;
  SCONCE_RETURN_IF_ERROR(bytes.Stream([&](std::string_view piece) {
    entry.crc32 = ExtendCrc32(entry.crc32, piece);
    position_ += piece.size();
    return sink_.Write(piece);
  }));
  if (position_ - begin != entry.size) {
    return absl::InternalError(absl::StrFormat("zip entry \"%s\": %d bytes were announced, %d came",
                                               name, entry.size, position_ - begin));
  }
  SCONCE_RETURN_IF_ERROR(Put(DataDescriptor(entry.size, entry.header_offset, entry.crc32)));
  written_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::Status ZipWriter::Finish() {
  const uint64_t directory = position_;
  for (const Written& entry : written_) {
    SCONCE_RETURN_IF_ERROR(
        Put(CentralRecord(entry.name, entry.size, entry.header_offset, entry.crc32)));
  }
  return Put(End(written_.size(), position_ - directory, directory));
}

std::vector<uint32_t> ZipWriter::Checksums() const {
  std::vector<uint32_t> checksums;
  for (const Written& entry : written_) checksums.push_back(entry.crc32);
  return checksums;
}

absl::Status ZipWriter::Put(const std::string& bytes) {
  position_ += bytes.size();
  return sink_.Write(bytes);
}

}  // namespace sconce
