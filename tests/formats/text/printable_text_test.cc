#include "server/formats/text/printable_text.h"

#include <gtest/gtest.h>

namespace sconce {
namespace {

TEST(PrintableText, KeepsTextAndEscapesTheRest) {
  EXPECT_EQ(PrintableText("layer.0 é 层 😀"), "layer.0 é 层 😀");
  EXPECT_EQ(PrintableText("a\x1b[2J\n"), "a\\x1b[2J\\x0a");
  EXPECT_EQ(PrintableText("\xff\xc3"), "\\xff\\xc3");
  EXPECT_EQ(PrintableText("\xc2\x9b"), "\\xc2\\x9b") << "a terminal takes this for ESC [";
}

TEST(PrintableText, RefusesOverlongFormsAndSurrogates) {
  EXPECT_EQ(PrintableText("\xc0\xaf"), "\\xc0\\xaf");
  EXPECT_EQ(PrintableText("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
  EXPECT_EQ(PrintableText("\xed\xa0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(PrintableText("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(ShellWord, QuotesOnlyWhatMustBe) {
  EXPECT_EQ(ShellWord("models/a-1.pt"), "models/a-1.pt");
  EXPECT_EQ(ShellWord("my model.pt"), "'my model.pt'");
  EXPECT_EQ(ShellWord("a'b;rm"), "'a'\\''b;rm'");
  EXPECT_EQ(ShellWord(""), "''");
}

}  // namespace
}  // namespace sconce
