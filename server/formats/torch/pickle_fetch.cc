#include "server/formats/torch/pickle_fetch.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"

namespace sconce {
namespace {

// What follows an instruction's byte. Format: Python's pickletools.py.
enum class Operand : uint8_t {
  kUnknown,
  kNothing,
  kOneByte,
  kTwoBytes,
  kFourBytes,
  kEightBytes,
  kLine,
  kTwoLines,
  kCounted1,  // a length of one byte, then as much
  kCounted4,
  kCounted8,
};

constexpr std::array<Operand, 256> MakeOperands() {
  std::array<Operand, 256> table{};
  const auto set = [&table](std::string_view codes, Operand operand) {
    for (const char code : codes) table[static_cast<unsigned char>(code)] = operand;
  };
  set("N)]}tldaesu(012RobQ.\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94", Operand::kNothing);
  set("Kqh\x80", Operand::kOneByte);
  set("M", Operand::kTwoBytes);
  set("Jrj", Operand::kFourBytes);
  set("G\x95", Operand::kEightBytes);
  set("ILFSVpgP", Operand::kLine);
  set("ci", Operand::kTwoLines);
  set("UC\x8a\x8c", Operand::kCounted1);
  set("TXB\x8b", Operand::kCounted4);
  set("\x8d\x8e\x96", Operand::kCounted8);
  return table;
}
constexpr std::array<Operand, 256> kOperands = MakeOperands();

bool IsByteString(uint8_t opcode) {
  return opcode == 'B' || opcode == 'C' || opcode == 0x8e || opcode == 0x96;
}

// Tells the places from other bytes a file could have.
constexpr std::string_view kLeftMark = "left in file";

std::string LittleEndian64(uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  return bytes;
}

// SHORT_BINBYTES with the place, BINPERSID: a value of a kind that a plain pickle never has.
std::string Reference(FileRange range) {
  const std::string place =
      std::string(kLeftMark) + LittleEndian64(range.offset) + LittleEndian64(range.size);
  return std::string("C") + static_cast<char>(place.size()) + place + "Q";
}

class Fetcher {
 public:
  Fetcher(const ByteSource& source, uint64_t offset, const FetchLimits& limits)
      : source_(source), begin_(offset), at_(offset), limits_(limits) {}

  absl::StatusOr<FetchedPickle> Run() {
    uint8_t opcode = 0;
    do {
      instruction_ = at_;
      SCONCE_ASSIGN_OR_RETURN(opcode, Peek());
      SCONCE_RETURN_IF_ERROR(CopyInstruction(opcode));
    } while (opcode != '.');
    return FetchedPickle{std::move(bytes_), at_};
  }

 private:
  static constexpr uint64_t kWindow = uint64_t{64} << 10;

  absl::Status Error(std::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrFormat("pickle (at byte %d): %s", instruction_, what));
  }

  uint64_t left() const { return source_.size() - at_; }

  // Makes the bytes at the cursor available: at least one.
  absl::Status Fill() {
    if (at_ >= window_at_ && at_ - window_at_ < window_.size()) return absl::OkStatus();
    if (at_ >= source_.size()) {
      return Error(at_ == instruction_ ? "ends without its STOP instruction"
                                       : "ends in the middle of an instruction");
    }
    SCONCE_ASSIGN_OR_RETURN(window_, source_.ReadString(at_, std::min(left(), kWindow)));
    window_at_ = at_;
    return absl::OkStatus();
  }

  std::string_view available() const {
    return std::string_view(window_).substr(static_cast<size_t>(at_ - window_at_));
  }

  absl::StatusOr<uint8_t> Peek() {
    SCONCE_RETURN_IF_ERROR(Fill());
    return static_cast<uint8_t>(available()[0]);
  }

  absl::Status Take(std::string_view text) {
    if (text.size() > limits_.max_bytes - bytes_.size()) {
      return absl::ResourceExhaustedError(absl::StrFormat(
          "pickle (at byte %d): has more than %d bytes, and no larger ones are read", begin_,
          limits_.max_bytes));
    }
    bytes_.append(text);
    return absl::OkStatus();
  }

  absl::Status Copy(uint64_t size) {
    if (size > left()) {
      return Error(absl::StrFormat("announces %d bytes, %d are left", size, left()));
    }
    while (size > 0) {
      SCONCE_RETURN_IF_ERROR(Fill());
      const std::string_view piece = available().substr(0, static_cast<size_t>(size));
      SCONCE_RETURN_IF_ERROR(Take(piece));
      at_ += piece.size();
      size -= piece.size();
    }
    return absl::OkStatus();
  }

  absl::Status CopyLine() {
    for (;;) {
      SCONCE_RETURN_IF_ERROR(Fill());
      const size_t end = available().find('\n');
      if (end != std::string_view::npos) return Copy(end + 1);
      SCONCE_RETURN_IF_ERROR(Copy(available().size()));
    }
  }

  // The little-endian number behind the instruction's byte.
  absl::StatusOr<uint64_t> PeekLength(int bytes) {
    const uint64_t size = 1 + static_cast<uint64_t>(bytes);
    if (left() < size) return Error("ends in the middle of an instruction");
    if (available().size() < size) {
      SCONCE_ASSIGN_OR_RETURN(window_, source_.ReadString(at_, std::min(left(), kWindow)));
      window_at_ = at_;
    }
    uint64_t length = 0;
    for (int i = bytes; i > 0; --i) length = length << 8 | static_cast<uint8_t>(available()[i]);
    return length;
  }

  absl::Status CopyCounted(uint8_t opcode, int length_bytes) {
    const uint64_t start = at_;
    SCONCE_ASSIGN_OR_RETURN(const uint64_t length, PeekLength(length_bytes));
    const uint64_t behind = start + 1 + static_cast<uint64_t>(length_bytes);
    if (!IsByteString(opcode) || length < limits_.leave_from) {
      SCONCE_RETURN_IF_ERROR(Copy(behind - start));
      return Copy(length);
    }
    at_ = behind;
    if (length > left()) return Copy(length);  // says what is wrong
    at_ += length;
    return Take(Reference({behind, length}));
  }

  absl::Status CopyInstruction(uint8_t opcode) {
    switch (kOperands[opcode]) {
      case Operand::kUnknown:
        return Error(absl::StrFormat("unknown instruction 0x%02x", opcode));
      case Operand::kNothing:
        return Copy(1);
      case Operand::kOneByte:
        return Copy(2);
      case Operand::kTwoBytes:
        return Copy(3);
      case Operand::kFourBytes:
        return Copy(5);
      case Operand::kEightBytes:
        return Copy(9);
      case Operand::kLine:
        return CopyLine();
      case Operand::kTwoLines:
        SCONCE_RETURN_IF_ERROR(CopyLine());
        return CopyLine();
      case Operand::kCounted1:
        return CopyCounted(opcode, 1);
      case Operand::kCounted4:
        return CopyCounted(opcode, 4);
      case Operand::kCounted8:
        return CopyCounted(opcode, 8);
    }
    return Error("unknown instruction");
  }

  const ByteSource& source_;
  const uint64_t begin_;
  uint64_t at_;
  const FetchLimits limits_;
  uint64_t instruction_ = 0;
  uint64_t window_at_ = 0;
  std::string window_;
  std::string bytes_;
};

}  // namespace

absl::StatusOr<FetchedPickle> FetchPickle(const ByteSource& source, uint64_t offset,
                                          const FetchLimits& limits) {
  return Fetcher(source, offset, limits).Run();
}

std::optional<FileRange> LeftInFile(const PickleValue& value) {
  if (!value.Is(PickleKind::kPersistentId) || !value.items[0]->Is(PickleKind::kBytes)) {
    return std::nullopt;
  }
  const std::string_view text = value.items[0]->text;
  if (text.size() != kLeftMark.size() + 16 || text.substr(0, kLeftMark.size()) != kLeftMark) {
    return std::nullopt;
  }
  ByteReader reader(text.substr(kLeftMark.size()));
  const uint64_t offset = *reader.ReadU64();
  return FileRange{offset, *reader.ReadU64()};
}

}  // namespace sconce
