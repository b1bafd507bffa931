#include "server/formats/io/storage_bytes.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/crc32.h"

namespace sconce {
namespace {

// What is read and then summed up stays in a core's cache between the two.
constexpr uint64_t kCached = uint64_t{256} << 10;
static_assert(kCached <= StorageBytes::kPiece);

absl::Status Outside(uint64_t offset, uint64_t size, uint64_t total) {
  return absl::OutOfRangeError(
      absl::StrFormat("%d bytes at offset %d reach past the end (%d bytes)", size, offset, total));
}

class SourceBytes final : public StorageBytes {
 public:
  SourceBytes(std::shared_ptr<const ByteSource> source, uint64_t offset, uint64_t size,
              std::optional<uint32_t> crc32)
      : source_(std::move(source)), offset_(offset), size_(size), stated_(crc32) {}

  uint64_t size() const override { return size_; }

  absl::Status ReadInto(void* destination) const override {
    char* to = static_cast<char*>(destination);
    uint32_t crc32 = 0;
    for (uint64_t done = 0; done < size_;) {
      const uint64_t step = std::min(size_ - done, kCached);
      SCONCE_RETURN_IF_ERROR(source_->ReadAt(offset_ + done, to + done, step));
      crc32 = ExtendCrc32(crc32, {to + done, static_cast<size_t>(step)});
      done += step;
    }
    return Check(crc32);
  }

  absl::Status Stream(const Receive& receive) const override {
    SCONCE_RETURN_IF_ERROR(CheckInside());
    std::string piece(static_cast<size_t>(std::min(size_, kCached)), '\0');
    uint32_t crc32 = 0;
    for (uint64_t done = 0; done < size_;) {
      const auto step = static_cast<size_t>(std::min<uint64_t>(size_ - done, piece.size()));
      SCONCE_RETURN_IF_ERROR(source_->ReadAt(offset_ + done, piece.data(), step));
      crc32 = ExtendCrc32(crc32, {piece.data(), step});
      SCONCE_RETURN_IF_ERROR(receive({piece.data(), step}));
      done += step;
    }
    return Check(crc32);
  }

  absl::Status ReadAt(uint64_t offset, void* destination, uint64_t size) const override {
    if (offset > size_ || size > size_ - offset) return Outside(offset, size, size_);
    return source_->ReadAt(offset_ + offset, destination, size);
  }

  absl::StatusOr<uint32_t> Crc32() const override {
    if (stated_) return *stated_;
    if (!found_) {
      SCONCE_RETURN_IF_ERROR(Stream([](std::string_view) { return absl::OkStatus(); }));
    }
    return *found_;
  }

 private:
  absl::Status CheckInside() const {
    const uint64_t total = source_->size();
    if (offset_ <= total && size_ <= total - offset_) return absl::OkStatus();
    return Outside(offset_, size_, total);
  }

  absl::Status Check(uint32_t crc32) const {
    if (stated_ && crc32 != *stated_) {
      return absl::InvalidArgumentError(
          absl::StrFormat("damaged: the %d bytes at offset %d have the CRC-32 %08x, the file "
                          "says %08x; get an undamaged copy",
                          size_, offset_, crc32, *stated_));
    }
    if (found_ && crc32 != *found_) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "the %d bytes at offset %d are no longer what they were when they were first read: "
          "somebody writes to the file",
          size_, offset_));
    }
    found_ = crc32;
    return absl::OkStatus();
  }

  const std::shared_ptr<const ByteSource> source_;
  const uint64_t offset_;
  const uint64_t size_;
  const std::optional<uint32_t> stated_;
  mutable std::optional<uint32_t> found_;
};

}  // namespace

absl::Status StorageBytes::ReadAt(uint64_t offset, void* destination, uint64_t size) const {
  if (offset > this->size() || size > this->size() - offset) {
    return Outside(offset, size, this->size());
  }
  char* to = static_cast<char*>(destination);
  uint64_t position = 0;
  return Stream([&](std::string_view piece) {
    const uint64_t begin = std::max(offset, position);
    const uint64_t end = std::min(offset + size, position + piece.size());
    if (begin < end) {
      std::memcpy(to + (begin - offset), piece.data() + (begin - position), end - begin);
    }
    position += piece.size();
    return absl::OkStatus();
  });
}

std::shared_ptr<const StorageBytes> BytesAt(std::shared_ptr<const ByteSource> source,
                                            uint64_t offset, uint64_t size,
                                            std::optional<uint32_t> crc32) {
  return std::make_shared<SourceBytes>(std::move(source), offset, size, crc32);
}

std::shared_ptr<const StorageBytes> OwnedBytes(std::string bytes) {
  const uint64_t size = bytes.size();
  return BytesAt(ByteSource::Owning(std::move(bytes)), 0, size);
}

}  // namespace sconce
