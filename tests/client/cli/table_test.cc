#include "client/cli/table.h"

#include <gtest/gtest.h>

namespace sconce::cli {
namespace {

TEST(Table, ColumnsLineUpAndLinesEndWithoutBlanks) {
  Table table({"NAME", "STATE", "X"});
  table.AddRow({"a", "READY", ""});
  table.AddRow({"longer", "", "1"});
  EXPECT_EQ(table.Text(),
            "NAME    STATE  X\n"
            "a       READY\n"
            "longer         1\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({"A", "B"});
  table.AddRow({"é", "1"});
  EXPECT_EQ(table.Text(), "A  B\né  1\n");
}

}  // namespace
}  // namespace sconce::cli
