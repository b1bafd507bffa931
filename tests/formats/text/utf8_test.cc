#include "server/formats/text/utf8.h"

#include <gtest/gtest.h>

namespace sconce {
namespace {

TEST(Utf8, EveryCharacterIsAppendedAsOneThatIsValid) {
  for (uint32_t code = 0; code <= 0x10ffff; ++code) {
    std::string text;
    AppendUtf8(code, text);
    const bool surrogate = code >= 0xd800 && code < 0xe000;
    ASSERT_EQ(Utf8CharacterLength(text), surrogate ? 0 : text.size()) << code;
    ASSERT_EQ(Utf8CharacterLength(text, Surrogates::kAllowed), text.size()) << code;
  }
}

TEST(Utf8, WhatIsNoneIsRecognised) {
  for (const char* text :
       {"\x80", "\xc0\x80", "\xc3", "\xe0\x80\x80", "\xe2\x82", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "abc\xfe"}) {
    EXPECT_FALSE(IsUtf8(text, Surrogates::kAllowed)) << text;
  }
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("ünïcode"));
}

}  // namespace
}  // namespace sconce
