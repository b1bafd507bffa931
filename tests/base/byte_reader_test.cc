#include "server/base/byte_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sconce {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(ByteReader, ReadsLittleEndian) {
  const std::string bytes("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\xff", 15);
  ByteReader reader(bytes);
  EXPECT_THAT(reader.ReadU16(), Optional(0x0201));
  EXPECT_THAT(reader.ReadU32(), Optional(0x06050403u));
  EXPECT_THAT(reader.ReadU64(), Optional(uint64_t{0x0e0d0c0b0a090807}));
  EXPECT_THAT(reader.ReadU8(), Optional(0xff));
  EXPECT_TRUE(reader.empty());
}

TEST(ByteReader, KeepsItsPlaceAfterAFailedRead) {
  ByteReader reader("abc");
  EXPECT_THAT(reader.ReadU32(), Eq(std::nullopt));
  EXPECT_THAT(reader.ReadBytes(4), Eq(std::nullopt));
  EXPECT_EQ(reader.position(), 0u);
  EXPECT_THAT(reader.ReadBytes(3), Optional(std::string_view("abc")));
}

TEST(ByteReader, RefusesLengthsThatWouldOverflow) {
  ByteReader reader("abc");
  reader.ReadU8();
  EXPECT_THAT(reader.ReadBytes(UINT64_MAX), Eq(std::nullopt));
  EXPECT_EQ(reader.remaining(), 2u);
}

TEST(ByteReader, ReadsLinesWithinTheLimitOnly) {
  ByteReader reader("one\ntwo");
  EXPECT_THAT(reader.ReadLine(3), Eq(std::nullopt));
  EXPECT_THAT(reader.ReadLine(4), Optional(std::string_view("one")));
  EXPECT_THAT(reader.ReadLine(100), Eq(std::nullopt)) << "the last line has no end";
  EXPECT_EQ(reader.remaining(), 3u);
}

TEST(CheckedArithmetic, SaysWhenItOverflows) {
  EXPECT_THAT(CheckedAdd(UINT64_MAX - 1, 1), Optional(UINT64_MAX));
  EXPECT_THAT(CheckedAdd(UINT64_MAX, 1), Eq(std::nullopt));
  EXPECT_THAT(CheckedMultiply(uint64_t{1} << 32, (uint64_t{1} << 32) - 1),
              Optional(UINT64_MAX - 0xffffffff));
  EXPECT_THAT(CheckedMultiply(uint64_t{1} << 32, uint64_t{1} << 32), Eq(std::nullopt));
}

}  // namespace
}  // namespace sconce
