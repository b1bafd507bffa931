#include "server/formats/zip/zip_end.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

constexpr std::string_view kEndMark("PK\5\6", 4);
constexpr std::string_view kEnd64Mark("PK\6\6", 4);
constexpr std::string_view kLocatorMark("PK\6\7", 4);
constexpr uint64_t kEndSize = 22;
constexpr uint64_t kLocatorSize = 20;
constexpr uint64_t kEnd64Size = 56;
constexpr uint64_t kLongestComment = 0xffff;

absl::Status Damaged(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("zip file: %s", what));
}

struct PlainEnd {
  uint64_t position = 0;
  uint16_t disk = 0, directory_disk = 0, disk_entries = 0, entries = 0;
  uint32_t size = 0, offset = 0;
};

// The last end mark must close the file exactly. Other readers search for it in other ways; with
// this rule all of them find the same one.
absl::StatusOr<PlainEnd> FindPlainEnd(const ByteSource& source) {
  const uint64_t window = std::min(source.size(), kEndSize + kLongestComment);
  const uint64_t start = source.size() - window;
  SCONCE_ASSIGN_OR_RETURN(const std::string tail, source.ReadString(start, window));
  if (tail.size() < kEndSize) return Damaged("too short to hold an end record (truncated?)");
  const size_t at = tail.rfind(kEndMark, tail.size() - kEndSize);
  if (at == std::string::npos) return Damaged("no end record: the file is truncated or no zip");
  ByteReader reader(std::string_view(tail).substr(at + 4));
  PlainEnd end;
  end.position = start + at;
  end.disk = *reader.ReadU16();
  end.directory_disk = *reader.ReadU16();
  end.disk_entries = *reader.ReadU16();
  end.entries = *reader.ReadU16();
  end.size = *reader.ReadU32();
  end.offset = *reader.ReadU32();
  const uint16_t comment = *reader.ReadU16();
  if (comment != reader.remaining()) {
    return Damaged(absl::StrFormat("the end record announces %d more bytes, %d follow", comment,
                                   reader.remaining()));
  }
  return end;
}

bool Agrees(uint64_t narrow, uint64_t marker, uint64_t wide) {
  return narrow == wide || narrow == marker;
}

// Reads the ZIP64 end record that `locator` (behind its mark) points to.
absl::StatusOr<ZipEnd> ReadWideEnd(const ByteSource& source, ByteReader locator,
                                   const PlainEnd& plain) {
  locator.ReadU32();
  const uint64_t position = *locator.ReadU64();
  const uint64_t locator_position = plain.position - kLocatorSize;
  if (locator_position < kEnd64Size || position > locator_position - kEnd64Size) {
    return Damaged("the ZIP64 end record lies outside the file");
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string bytes, source.ReadString(position, kEnd64Size));
  if (bytes.substr(0, 4) != kEnd64Mark)
    return Damaged("the ZIP64 end record is not where it should be");
  ByteReader reader(std::string_view(bytes).substr(4));
  const uint64_t record_size = *reader.ReadU64();
  reader.ReadBytes(4);  // versions
  const uint32_t disk = *reader.ReadU32();
  const uint32_t directory_disk = *reader.ReadU32();
  const uint64_t disk_entries = *reader.ReadU64();
  ZipEnd end;
  end.entries = *reader.ReadU64();
  end.directory_size = *reader.ReadU64();
  end.directory_offset = *reader.ReadU64();
  if (record_size != locator_position - position - 12) {
    return Damaged("the ZIP64 end record has the wrong length");
  }
  if (disk != 0 || directory_disk != 0 || disk_entries != end.entries) {
    return Damaged("split over several disks");
  }
  if (!Agrees(plain.entries, 0xffff, end.entries) ||
      !Agrees(plain.size, 0xffffffff, end.directory_size) ||
      !Agrees(plain.offset, 0xffffffff, end.directory_offset)) {
    return Damaged("its two end records disagree");
  }
  if (CheckedAdd(end.directory_offset, end.directory_size) != std::optional<uint64_t>(position)) {
    return Damaged("the directory does not end where its end record begins");
  }
  return end;
}

}  // namespace

absl::StatusOr<ZipEnd> FindZipEnd(const ByteSource& source) {
  SCONCE_ASSIGN_OR_RETURN(const PlainEnd plain, FindPlainEnd(source));
  if (plain.disk != 0 || plain.directory_disk != 0 || plain.disk_entries != plain.entries) {
    return Damaged("split over several disks");
  }
  if (plain.position >= kLocatorSize) {
    SCONCE_ASSIGN_OR_RETURN(const std::string bytes,
                            source.ReadString(plain.position - kLocatorSize, kLocatorSize));
    if (bytes.substr(0, 4) == kLocatorMark) {
      return ReadWideEnd(source, ByteReader(std::string_view(bytes).substr(4)), plain);
    }
  }
  ZipEnd end{plain.entries, plain.offset, plain.size};
  if (end.directory_offset + end.directory_size != plain.position) {
    return Damaged("the directory does not end where its end record begins");
  }
  return end;
}

}  // namespace sconce
