#include "server/formats/pickle/pickle_tree_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "server/formats/pickle/pickle_builder.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::Call;
using testing::CorpusPath;
using testing::Global;
using ::testing::HasSubstr;
using testing::Pickle;
using testing::ReadFile;
using testing::StatusIs;
using testing::Text;

absl::StatusOr<const PickleValue*> Itself(const PickleValue& value) { return &value; }

PickleDocument Read(const std::string& bytes) {
  auto document = ReadPickle(bytes);
  EXPECT_THAT(document, testing::IsOk());
  return *std::move(document);
}

std::string Write(const PickleValue& root) {
  auto written = WritePickleTree(root, Itself);
  EXPECT_THAT(written, testing::IsOk());
  return written.ok() ? *written : "N.";
}

// Also what is shared and what is cyclic: two values met in the same places are one on both sides.
class Comparison {
 public:
  bool Same(const PickleValue& a, const PickleValue& b) {
    if (!met_.emplace(&a, &b).second) return true;
    if (a.kind != b.kind || a.other_form != b.other_form || a.text != b.text) return false;
    const bool number = a.Is(PickleKind::kInt) || a.Is(PickleKind::kBool) ||
                        a.Is(PickleKind::kFloat) || a.Is(PickleKind::kGlobal);
    if (number && a.integer != b.integer) return false;
    return SameLists(a.items, b.items) && SameChanges(a, b);
  }

 private:
  bool SameLists(const std::vector<const PickleValue*>& a,
                 const std::vector<const PickleValue*>& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
      if (!Same(*a[i], *b[i])) return false;
    }
    return true;
  }

  bool SameChanges(const PickleValue& a, const PickleValue& b) {
    if ((a.changes == nullptr) != (b.changes == nullptr)) return false;
    return a.changes == nullptr || (SameLists(a.changes->states, b.changes->states) &&
                                    SameLists(a.changes->items, b.changes->items) &&
                                    SameLists(a.changes->entries, b.changes->entries));
  }

  std::set<std::pair<const PickleValue*, const PickleValue*>> met_;
};

void ExpectSameWhenWritten(const std::string& pickle) {
  const PickleDocument before = Read(pickle);
  const PickleDocument after = Read(Write(before.root()));
  EXPECT_TRUE(Comparison().Same(before.root(), after.root()));
}

TEST(PickleTree, ObjectsAreMadeAndChangedAsTheyWere) {
  // OrderedDict with entries and a state, a subclass of list with items, made by a call or without.
  ExpectSameWhenWritten(Pickle(Call(Global("collections", "OrderedDict"), {}) + "(" + Text("k") +
                               Text("v") + "u}" + Text("_metadata") + "Nsb"));
  ExpectSameWhenWritten(Pickle(Call(Global("m", "Items"), {Text("a")}) + "(NNe"));
  ExpectSameWhenWritten(Pickle(Global("argparse", "Namespace") + ")\x81}" + Text("a") + "Nsb"));
}

TEST(PickleTree, NumbersAndTextStay) {
  ExpectSameWhenWritten(
      Pickle("(K\x01J\xff\xff\xff\xff\x8a\x08"
             "abcdefgh"
             "\x8a\x09"
             "abcdefgh\x01"
             "G?\xe0" +
             std::string(6, '\0') + "\x88\x89N" + Text("é") + Text("") + "t"));
}

TEST(PickleTree, LargeIntegersInTextStay) {
  const PickleDocument document = Read("L123456789012345678901234567890L\n.");
  EXPECT_THAT(Write(document.root()), HasSubstr("L123456789012345678901234567890L\n"));
}

TEST(PickleTree, TextOfPython2StaysAPython2String) {
  EXPECT_THAT(Write(Read("U\x02\xff\xfe.").root()), HasSubstr("U\x02\xff\xfe"));
}

TEST(PickleTree, BytesBecomeTextForProtocol2) {
  PickleBuilder builder;
  const std::string written = Write(*builder.Bytes("a\xff"));
  const PickleDocument document = Read(written);
  ASSERT_TRUE(document.root().IsCallOf("_codecs.encode"));
  EXPECT_EQ(document.root().items[1]->items[0]->text, "aÿ");
}

TEST(PickleTree, SetsAreCalledForInProtocol2) {
  const PickleDocument set = Read(Write(Read("\x80\x04\x8f(K\x01K\x02\x90.").root()));
  ASSERT_TRUE(set.root().IsCallOf("__builtin__.set"));
  EXPECT_EQ(set.root().items[1]->items[0]->items.size(), 2u);
  const PickleDocument frozen = Read(Write(Read("\x80\x04(K\x01\x91.").root()));
  EXPECT_TRUE(frozen.root().IsCallOf("__builtin__.frozenset"));
  const PickleDocument empty = Read(Write(Read("\x80\x04\x8f.").root()));
  EXPECT_TRUE(empty.root().IsCallOf("__builtin__.set"));
}

TEST(PickleTree, ClassesWithinClassesAreLookedUpInProtocol2) {
  const PickleDocument document = Read(Write(Read("\x80\x04\x8c\x01m\x8c\x07"
                                                  "A.B.C.D"
                                                  "\x93.")
                                                 .root()));
  const PickleValue* value = &document.root();
  for (const char* name : {"D", "C", "B"}) {
    ASSERT_TRUE(value->IsCallOf("__builtin__.getattr")) << name;
    EXPECT_EQ(value->items[1]->items[1]->text, name);
    value = value->items[1]->items[0];
  }
  EXPECT_TRUE(value->IsGlobal("m.A"));
}

TEST(PickleTree, AModuleWithDotsIsNotTakenForAClass) {
  ExpectSameWhenWritten(Pickle(Global("a.b.c", "D")));
}

TEST(PickleTree, ANameThatProtocol2CannotSayIsRefused) {
  EXPECT_THAT(WritePickleTree(Read("\x80\x04\x8c\x03"
                                   "a\nb\x8c\x01"
                                   "C\x93.")
                                  .root(),
                              Itself),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("line break")));
}

TEST(PickleTree, SharedValuesStayOneAndAreWrittenOnce) {
  PickleBuilder builder;
  const PickleValue* list = builder.List({builder.String("only once")});
  const std::string written = Write(*builder.Tuple({list, list, list, list}));
  EXPECT_EQ(written.find("only once"), written.rfind("only once"));
  const PickleDocument document = Read(written);
  EXPECT_EQ(document.root().items[0], document.root().items[3]);
}

TEST(PickleTree, CyclesStayCycles) {
  ExpectSameWhenWritten(
      "\x80\x02]q\x01h\x01"
      "a.");                                            // a list in itself
  ExpectSameWhenWritten("\x80\x02}q\x01K\x01h\x01s.");  // a dict in itself
  ExpectSameWhenWritten(
      "\x80\x02]q\x01(h\x01\x85q\x02"
      "e0h\x02.");  // a tuple of a list of it
  ExpectSameWhenWritten(
      "\x80\x02"
      "cm\nC\n)\x81q\x01}K\x01h\x01sb.");  // an object in its state
}

TEST(PickleTree, DepthTakesNoStack) {
  PickleBuilder builder;
  const PickleValue* value = builder.None();
  for (int i = 0; i < 200'000; ++i) value = builder.List({value});
  EXPECT_GT(Write(*value).size(), 200'000u);
}

TEST(PickleTree, MoreThanReadersTakeIsRefused) {
  PickleBuilder builder;
  const std::string digits(size_t{64} << 20, '1');
  PickleValue number;  // of a kind that is written whenever it is met
  number.kind = PickleKind::kBigInt;
  number.text = digits;
  EXPECT_THAT(WritePickleTree(*builder.List(PickleBuilder::Values(5, &number)), Itself),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("bytes to write")));
}

TEST(PickleTree, ASubstituteStandsInTheValuesPlaceWithWhatItHolds) {
  PickleBuilder builder;
  const PickleValue* old = builder.String("old");
  const PickleValue* made = builder.List({builder.String("new"), builder.Int(3)});
  const auto written =
      WritePickleTree(*builder.Tuple({old, old}),
                      [&](const PickleValue& value) -> absl::StatusOr<const PickleValue*> {
                        return &value == old ? made : &value;
                      });
  SCONCE_ASSERT_OK(written);
  const PickleDocument document = Read(*written);
  EXPECT_EQ(document.root().items[0]->items[0]->text, "new");
  EXPECT_EQ(document.root().items[0], document.root().items[1]);
}

}  // namespace
}  // namespace sconce
