#include "server/formats/io/streamed_bytes.h"

#include <cstring>

#include "server/base/status_macros.h"
#include "server/formats/io/crc32.h"

namespace sconce {

absl::Status StreamedBytes::ReadInto(void* destination) const {
  char* to = static_cast<char*>(destination);
  return Stream([&](std::string_view piece) {
    std::memcpy(to, piece.data(), piece.size());
    to += piece.size();
    return absl::OkStatus();
  });
}

absl::StatusOr<uint32_t> StreamedBytes::Crc32() const {
  if (!crc32_) {
    uint32_t crc32 = 0;
    SCONCE_RETURN_IF_ERROR(Stream([&](std::string_view piece) {
      crc32 = ExtendCrc32(crc32, piece);
      return absl::OkStatus();
    }));
    crc32_ = crc32;
  }
  return *crc32_;
}

}  // namespace sconce
