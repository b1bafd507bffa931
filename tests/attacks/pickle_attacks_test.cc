#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "server/formats/pickle/pickle.h"
#include "server/formats/torch/torch_content.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::Call;
using ::testing::ElementsAre;
using testing::Global;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::LittleEndian;
using testing::Pickle;
using testing::StatusIs;
using testing::Text;
using testing::Tuple;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

// Each pickle would run `touch` in Python. Here it must become a value that only names it.
class CodeExecution : public ::testing::TestWithParam<std::string> {};

TEST_P(CodeExecution, BecomesAnInertValue) {
  const auto document = ReadPickle(GetParam());
  SCONCE_ASSERT_OK(document);
  EXPECT_THAT(ForeignGlobals(*document), ElementsAre("os.system"));
  EXPECT_EQ(ClassifyPickle(document->root()).kind, TorchContentKind::kModel);
}

const std::string kSystem = Global("os", "system");
const std::string kTouch = Text("touch /tmp/sconce-was-here");

INSTANTIATE_TEST_SUITE_P(
    Opcodes, CodeExecution,
    ::testing::Values(Pickle(Call(kSystem, {kTouch})),                   // REDUCE
                      Pickle(kSystem + Tuple({kTouch}) + "\x81"),        // NEWOBJ
                      Pickle(kSystem + Tuple({kTouch}) + "}\x92"),       // NEWOBJ_EX
                      "(S'touch /tmp/sconce-was-here'\nios\nsystem\n.",  // INST
                      Pickle("(" + kSystem + kTouch + "o"),              // OBJ
                      Pickle(Text("os") + Text("system") + "\x93" + Tuple({kTouch}) + "R"),
                      Pickle(Call(kSystem, {kTouch}) + "}b")));  // BUILD

TEST(PickleAttack, TheExtensionRegistryIsNotConsulted) {
  for (const char* code : {"\x82\x01", "\x83\x01\x01", "\x84\x01\x01\x01\x01"}) {
    EXPECT_THAT(ReadPickle(Pickle(code)), StatusIs(kInvalid, HasSubstr("unknown instruction")));
  }
}

TEST(PickleAttack, CallsOfWhatIsNoName) {
  EXPECT_THAT(ReadPickle(Pickle(Call(Text("os.system"), {kTouch}))),
              StatusIs(kInvalid, HasSubstr("calls \"os.system\"")));
  EXPECT_THAT(ReadPickle(Pickle(kSystem + kTouch + "R")),
              StatusIs(kInvalid, HasSubstr("instead of a tuple")));
}

TEST(PickleAttack, StackUnderflow) {
  for (const char* code : {"0", "a", "s", "\x85", "\x86", "\x87", "R", "b", "Q", "q\x01", "2", "e",
                           "u", "t", "1", "\x90", "o", "}(N0b", "(N\x86"}) {
    EXPECT_FALSE(ReadPickle(Pickle(code)).ok()) << code;
  }
}

TEST(PickleAttack, ValuesBelowTheMarkAreOutOfReach) {
  EXPECT_THAT(ReadPickle(Pickle("]NN(a")), StatusIs(kInvalid, HasSubstr("where there is none")));
}

TEST(PickleAttack, OddNumberOfDictItems) {
  EXPECT_THAT(ReadPickle(Pickle("}(NNNu")), StatusIs(kInvalid, HasSubstr("without a value")));
  EXPECT_THAT(ReadPickle(Pickle("(NNNd")), StatusIs(kInvalid, HasSubstr("without a value")));
}

TEST(PickleAttack, ContainersOfTheWrongKind) {
  for (const char* code : {")Na", "N(Ne", "]NNs", "N(NNu", "Nb", "](Nu"}) {
    EXPECT_FALSE(ReadPickle(Pickle(code)).ok()) << code;
  }
}

TEST(PickleAttack, MemoBomb) {
  // LibTorch's reader would allocate 64 GiB for this one.
  EXPECT_THAT(ReadPickle(Pickle("Nr" + LittleEndian(0xffffffff, 4))),
              StatusIs(kInvalid, HasSubstr("number 4294967295")));
  EXPECT_THAT(ReadPickle("Np99999999999999999999\n."), StatusIs(kInvalid, HasSubstr("no number")));
}

TEST(PickleAttack, ReferencesToNothing) {
  EXPECT_THAT(ReadPickle(Pickle("h\x05")), StatusIs(kInvalid, HasSubstr("never remembered")));
  EXPECT_THAT(ReadPickle(Pickle("Nq\x05h\x04")), StatusIs(kInvalid, HasSubstr("never")));
}

TEST(PickleAttack, HugeDeclaredSizesAllocateNothing) {
  EXPECT_THAT(ReadPickle(Pickle("X" + LittleEndian(0xffffffff, 4) + "x")),
              StatusIs(kInvalid, HasSubstr("announces 4294967295 bytes")));
  EXPECT_THAT(ReadPickle(Pickle("\x8d" + LittleEndian(UINT64_MAX, 8) + "x")),
              StatusIs(kInvalid, HasSubstr("announces")));
  EXPECT_THAT(ReadPickle(Pickle("\x8b" + LittleEndian(0x7fffffff, 4))),
              StatusIs(kInvalid, HasSubstr("announces")));
}

TEST(PickleAttack, TooManyValues) {
  PickleLimits limits;
  limits.max_values = 1000;
  std::string lists;
  for (int i = 0; i < 1001; ++i) lists += "]";
  EXPECT_THAT(ReadPickle(Pickle("(" + lists + "l"), limits),
              StatusIs(kInvalid, HasSubstr("more than 1000 values")));
}

TEST(PickleAttack, StackBomb) {
  PickleLimits limits;
  limits.max_stack = 1000;
  EXPECT_THAT(ReadPickle(Pickle(std::string(2000, 'N')), limits),
              StatusIs(kInvalid, HasSubstr("piles up")));
  EXPECT_THAT(ReadPickle(Pickle(std::string(2000, '(')), limits),
              StatusIs(kInvalid, HasSubstr("too many marks")));
}

TEST(PickleAttack, DeepNestingNeitherOverflowsNorIsAccepted) {
  const std::string deep = std::string(100'000, ']') + "N" + std::string(100'000, 'a');
  EXPECT_THAT(ReadPickle(Pickle(deep)), StatusIs(kInvalid, HasSubstr("100001 levels deep")));
  std::string tuples = "N";
  for (int i = 0; i < 100'000; ++i) tuples += "\x85";
  EXPECT_THAT(ReadPickle(Pickle(tuples)), StatusIs(kInvalid, HasSubstr("levels deep")));
}

TEST(PickleAttack, StructuresThatContainThemselvesAreFreed) {
  const std::string cycle = Pickle("]q" + std::string(1, '\0') + "h" + std::string(1, '\0') + "a");
  const auto document = ReadPickle(cycle);
  SCONCE_ASSERT_OK(document);
  EXPECT_EQ(document->root().items[0], &document->root());
  PickleLimits limits;
  limits.allow_cycles = false;
  EXPECT_THAT(ReadPickle(cycle, limits), StatusIs(kInvalid, HasSubstr("contains itself")));
}

// Thirty lists, each holding the one before twice: a billion values to whoever walks them.
TEST(PickleAttack, BillionLaughs) {
  std::string laughs = "]";
  for (int i = 0; i < 60; ++i)
    laughs += "q" + std::string(1, static_cast<char>(i)) + "0](h" +
              std::string(1, static_cast<char>(i)) + "h" + std::string(1, static_cast<char>(i)) +
              "e";
  EXPECT_THAT(ReadPickle(Pickle(laughs)), IsOk());
  PickleLimits limits;
  limits.max_expanded = 1'000'000;
  EXPECT_THAT(ReadPickle(Pickle(laughs), limits), StatusIs(kInvalid, HasSubstr("repeats")));
  // And classification of it ends.
  EXPECT_EQ(ClassifyPickle(ReadPickle(Pickle(laughs))->root()).kind, TorchContentKind::kOther);
}

TEST(PickleAttack, GarbageAfterTheHeader) {
  EXPECT_THAT(ReadPickle("\x80\x09N."), StatusIs(kInvalid, HasSubstr("protocol 9")));
  EXPECT_THAT(ReadPickle(""), StatusIs(kInvalid, HasSubstr("without its STOP")));
  EXPECT_THAT(ReadPickle(Pickle("NN")), StatusIs(kInvalid, HasSubstr("2 values")));
  EXPECT_THAT(ReadPickle(Pickle("N(")), StatusIs(kInvalid, HasSubstr("stops with")));
}

}  // namespace
}  // namespace sconce
