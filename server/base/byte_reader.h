// ByteReader: a cursor over bytes that somebody else wrote. Every read is checked against what is
// left; nothing is allocated on the word of the data.

#ifndef SCONCE_SERVER_BASE_BYTE_READER_H_
#define SCONCE_SERVER_BASE_BYTE_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sconce {

// Sums and products that say when they would overflow.
std::optional<uint64_t> CheckedAdd(uint64_t a, uint64_t b);
std::optional<uint64_t> CheckedMultiply(uint64_t a, uint64_t b);

// Does not own the bytes. Little-endian. After a failed read the cursor has not moved. Confined to
// one thread.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  size_t position() const { return position_; }
  size_t remaining() const { return bytes_.size() - position_; }
  bool empty() const { return remaining() == 0; }

  std::optional<uint8_t> ReadU8();
  std::optional<uint16_t> ReadU16();
  std::optional<uint32_t> ReadU32();
  std::optional<uint64_t> ReadU64();

  // A view of the next `size` bytes.
  std::optional<std::string_view> ReadBytes(uint64_t size);

  // Up to, without, the next '\n'; the cursor goes behind it. Nothing when there is none within
  // `limit` bytes.
  std::optional<std::string_view> ReadLine(size_t limit);

 private:
  template <typename T>
  std::optional<T> ReadInteger();

  std::string_view bytes_;
  size_t position_ = 0;
};

}  // namespace sconce

#endif  // SCONCE_SERVER_BASE_BYTE_READER_H_
