#include "server/formats/pickle/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attacks/pickle_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::Call;
using testing::CorpusPath;
using testing::Global;
using testing::Number;
using testing::Pickle;
using testing::ReadFile;
using testing::Text;

PickleDocument Read(const std::string& bytes) {
  auto document = ReadPickle(bytes);
  EXPECT_THAT(document, testing::IsOk());
  return *std::move(document);
}

// The value under a text key of a dict.
const PickleValue& At(const PickleValue& dict, std::string_view key) {
  for (size_t i = 0; i < dict.items.size(); i += 2) {
    if (dict.items[i]->text == key) return *dict.items[i + 1];
  }
  ADD_FAILURE() << "no key " << key;
  return dict;
}

class EveryProtocol : public ::testing::TestWithParam<int> {};

// {"i": [0, -1, 2**31, 2**70], "f": 0.5, "s": {"é", "b"}, "t": (None, True, b"x")}, by Python.
TEST_P(EveryProtocol, ReadsPlainValues) {
  const PickleDocument document =
      Read(ReadFile(CorpusPath("pickle/plain" + std::to_string(GetParam()) + ".pkl")));
  const PickleValue& root = document.root();
  ASSERT_TRUE(root.Is(PickleKind::kDict));
  const PickleValue& integers = At(root, "i");
  ASSERT_EQ(integers.items.size(), 4u);
  EXPECT_EQ(integers.items[0]->integer, 0);
  EXPECT_EQ(integers.items[1]->integer, -1);
  EXPECT_EQ(integers.items[2]->integer, int64_t{1} << 31);
  EXPECT_TRUE(integers.items[3]->Is(PickleKind::kBigInt));
  EXPECT_EQ(At(root, "f").real, 0.5);
  const PickleValue& tuple = At(root, "t");
  ASSERT_TRUE(tuple.Is(PickleKind::kTuple));
  EXPECT_TRUE(tuple.items[0]->Is(PickleKind::kNone));
  EXPECT_TRUE(tuple.items[1]->Is(PickleKind::kBool));
  EXPECT_EQ(tuple.items[1]->integer, 1);
}

INSTANTIATE_TEST_SUITE_P(Protocols, EveryProtocol, ::testing::Range(0, 6));

TEST(Pickle, DecodesEscapesOfProtocol0) {
  EXPECT_EQ(Read("V\\u00e9\xe8\n.").root().text, "\xc3\xa9\xc3\xa8");
  EXPECT_EQ(Read("S'a\\'b\\n'\n.").root().text, "a'b\n");
  EXPECT_FALSE(ReadPickle("V\\uZZZZ\n.").ok());
}

TEST(Pickle, KeepsNamesOfGlobalsAndCalls) {
  const PickleDocument document = Read(Pickle(Call(Global("a.b", "C"), {Text("x")}) + "Nb"));
  const PickleValue& object = document.root();
  EXPECT_TRUE(object.IsCallOf("a.b.C"));
  EXPECT_EQ(object.items[1]->items[0]->text, "x");
  EXPECT_TRUE(object.changes->states[0]->Is(PickleKind::kNone));
}

TEST(Pickle, SharedValuesStayShared) {
  const PickleDocument document = Read(Pickle("(]q\x01h\x01t"));
  EXPECT_EQ(document.root().items[0], document.root().items[1]);
}

TEST(Pickle, AnOrderedDictIsADict) {
  const std::string ordered = Call(Global("collections", "OrderedDict"), {});
  const PickleDocument document = Read(Pickle(ordered + Text("k") + "Ns"));
  ASSERT_NE(DictEntries(document.root()), nullptr);
  EXPECT_EQ(DictEntries(document.root())->at(0)->text, "k");
  EXPECT_EQ(DictEntries(Read(Pickle("]")).root()), nullptr);
}

TEST(Pickle, AnOrderedDictOfPython2IsTheSameAsOneOfPython3) {
  const std::string pair = "](" + Text("a") + Number(1) + "e";
  const std::string ordered = Call(Global("collections", "OrderedDict"), {"](" + pair + "e"});
  SCONCE_ASSERT_OK_AND_ASSIGN(const PickleDocument document, ReadPickle(Pickle(ordered)));
  const auto* entries = DictEntries(document.root());
  ASSERT_NE(entries, nullptr);
  ASSERT_EQ(entries->size(), 2);
  EXPECT_EQ((*entries)[0]->text, "a");
  EXPECT_EQ((*entries)[1]->integer, 1);
}

TEST(Pickle, SaysWhereItEnds) { EXPECT_EQ(Read("\x80\x02N.rest").consumed(), 4u); }

TEST(Pickle, NegativeAndWideIntegers) {
  EXPECT_EQ(Read("\x80\x02J\xff\xff\xff\xff.").root().integer, -1);
  EXPECT_EQ(Read(std::string("\x80\x02\x8a\x02\x00\xff.", 7)).root().integer, -256);
  EXPECT_EQ(Read(std::string("\x80\x02\x8a\x00.", 5)).root().integer, 0);
}

}  // namespace
}  // namespace sconce
