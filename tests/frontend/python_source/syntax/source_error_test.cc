#include "server/frontend/python_source/syntax/source_error.h"

#include <gtest/gtest.h>

#include <string>

namespace sconce::python {
namespace {

SourceFile File(std::string text) {
  return {.name = "model.py", .text = std::move(text), .body = {}};
}

TEST(SourceErrorTest, PointsAtThePlace) {
  const SourceFile file = File("import torch\n\ndef f():\n    return x.y\n");
  EXPECT_EQ(PointAt(file, {3, 11, 3, 12}, "x is unknown"),
            "model.py:4:12: x is unknown\n"
            "    return x.y\n"
            "           ^");
}

TEST(SourceErrorTest, CountsCharactersAndShowsTabsAsSpaces) {
  const SourceFile file = File("\tgröße\t= é ! ");
  EXPECT_EQ(PointAt(file, {0, 14, 0, 15}, "what"),
            "model.py:1:12: what\n"
            "    größe = é ! \n"
            "              ^");
}

TEST(SourceErrorTest, MakesEverythingPrintable) {
  SourceFile file = File("a = '\x1b[2J\x01\xff' + b");
  file.name = "\x1b.py";
  EXPECT_EQ(PointAt(file, {0, 10, 0, 11}, "what"),
            "\\x1b.py:1:11: what\n"
            "    a = '\\x1b[2J\\x01\\xff' + b\n"
            "                    ^");
}

TEST(SourceErrorTest, CutsLongLinesAroundTheCaret) {
  const SourceFile file = File(std::string(1000, 'a') + "!" + std::string(1000, 'b'));
  const std::string text = PointAt(file, {0, 1000, 0, 1001}, "what");
  EXPECT_EQ(text, "model.py:1:1001: what\n    ..." + std::string(70, 'a') + "!" +
                      std::string(49, 'b') + "...\n" + std::string(77, ' ') + "^");
}

TEST(SourceErrorTest, CutsBetweenCharacters) {
  std::string line;
  for (int i = 0; i < 500; ++i) line += "é";
  const std::string text = PointAt(File(line), {0, 501, 0, 502}, "what");
  EXPECT_EQ(text.find("\\x"), std::string::npos) << text;
}

TEST(SourceErrorTest, PlacesOutsideTheFileAreHarmless) {
  const SourceFile file = File("a\n");
  EXPECT_EQ(PointAt(file, {7, 3, 7, 4}, "what"), "model.py:8:1: what");
  EXPECT_EQ(PointAt(file, {0, 99, 0, 99}, "what"), "model.py:1:2: what\n    a\n     ^");
  EXPECT_EQ(PointAt(file, {1, 0, 1, 0}, "what"), "model.py:2:1: what\n    \n    ^");
}

}  // namespace
}  // namespace sconce::python
