#include "server/base/byte_reader.h"

#include <algorithm>

namespace sconce {

std::optional<uint64_t> CheckedAdd(uint64_t a, uint64_t b) {
  uint64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::optional<uint64_t> CheckedMultiply(uint64_t a, uint64_t b) {
  uint64_t product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

template <typename T>
std::optional<T> ByteReader::ReadInteger() {
  auto bytes = ReadBytes(sizeof(T));
  if (!bytes) return std::nullopt;
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<T>(static_cast<uint8_t>((*bytes)[i])) << (8 * i));
  }
  return value;
}

std::optional<uint8_t> ByteReader::ReadU8() { return ReadInteger<uint8_t>(); }
std::optional<uint16_t> ByteReader::ReadU16() { return ReadInteger<uint16_t>(); }
std::optional<uint32_t> ByteReader::ReadU32() { return ReadInteger<uint32_t>(); }
std::optional<uint64_t> ByteReader::ReadU64() { return ReadInteger<uint64_t>(); }

std::optional<std::string_view> ByteReader::ReadBytes(uint64_t size) {
  if (size > remaining()) return std::nullopt;
  std::string_view view = bytes_.substr(position_, size);
  position_ += size;
  return view;
}

std::optional<std::string_view> ByteReader::ReadLine(size_t limit) {
  const std::string_view window = bytes_.substr(position_, std::min(limit, remaining()));
  const size_t end = window.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  position_ += end + 1;
  return window.substr(0, end);
}

}  // namespace sconce
