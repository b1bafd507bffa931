#include "client/half.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sconce {
namespace {

TEST(Half, KnownBitPatterns) {
  EXPECT_EQ(HalfFromDouble(0), 0x0000);
  EXPECT_EQ(HalfFromDouble(-0.0), 0x8000);
  EXPECT_EQ(HalfFromDouble(1), 0x3c00);
  EXPECT_EQ(HalfFromDouble(-2), 0xc000);
  EXPECT_EQ(HalfFromDouble(65504), 0x7bff);
  EXPECT_EQ(HalfFromDouble(std::ldexp(1, -24)), 0x0001);
  EXPECT_EQ(HalfFromDouble(std::ldexp(1, -14)), 0x0400);
  EXPECT_EQ(HalfFromDouble(INFINITY), 0x7c00);
  EXPECT_EQ(HalfFromDouble(-INFINITY), 0xfc00);
}

TEST(Half, RoundsToNearestTiesToEven) {
  EXPECT_EQ(HalfFromDouble(1 + std::ldexp(1, -11)), 0x3c00);
  EXPECT_EQ(HalfFromDouble(1 + 3 * std::ldexp(1, -11)), 0x3c02);
  EXPECT_EQ(HalfFromDouble(1 + std::ldexp(1, -11) + 1e-9), 0x3c01);
  EXPECT_EQ(HalfFromDouble(65519.9), 0x7bff);
  EXPECT_EQ(HalfFromDouble(65520), 0x7c00);
  EXPECT_EQ(HalfFromDouble(std::ldexp(1, -25)), 0x0000);
}

TEST(Half, EveryPatternSurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = FloatFromHalf(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(FloatFromHalf(HalfFromDouble(value))));
    } else {
      ASSERT_EQ(HalfFromDouble(value), bits);
    }
  }
}

TEST(Bfloat16, EveryPatternSurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float value = FloatFromBfloat16(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(FloatFromBfloat16(Bfloat16FromFloat(value))));
    } else {
      ASSERT_EQ(Bfloat16FromFloat(value), bits);
    }
  }
}

TEST(Bfloat16, RoundsToNearestTiesToEven) {
  EXPECT_EQ(Bfloat16FromFloat(1.0f + std::ldexp(1.0f, -8)), 0x3f80);
  EXPECT_EQ(Bfloat16FromFloat(1.0f + 3 * std::ldexp(1.0f, -8)), 0x3f82);
}

}  // namespace
}  // namespace sconce
