#include "server/formats/torch/archive_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildZip;
using testing::CorpusPath;
using ::testing::HasSubstr;
using testing::Pickle;
using testing::ReadFile;
using testing::StatusIs;
using testing::ZipPiece;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

std::vector<ZipPiece> HonestPieces() {
  return {{"m/data.pkl", Pickle(testing::Global("__torch__", "Net") + ")\x81}b")},
          {"m/constants.pkl", Pickle(")")},
          {"m/code/__torch__.py", "class Net(Module):\n"},
          {"m/version", "3\n"}};
}

TEST(CheckTorchScriptArchive, ReturnsTheCodeOfARealArchive) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::vector<CodeFile> files,
                              CheckTorchScriptArchive(ReadFile(CorpusPath("zip/scripted.pt"))));
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].name, "scripted/code/__torch__.py");
  EXPECT_THAT(files[0].text, HasSubstr("def forward("));
}

TEST(CheckTorchScriptArchive, TheHonestPiecesPass) {
  SCONCE_EXPECT_OK(CheckTorchScriptArchive(BuildZip(HonestPieces())));
}

TEST(CheckTorchScriptArchive, NamesTheMissingPiece) {
  for (const size_t missing : {0, 3}) {
    auto pieces = HonestPieces();
    const std::string name = pieces[missing].name;
    pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_THAT(CheckTorchScriptArchive(BuildZip(pieces)),
                StatusIs(kPrecondition, HasSubstr(name)));
  }
}

TEST(CheckTorchScriptArchive, AStateDictIsNoArchive) {
  EXPECT_THAT(CheckTorchScriptArchive(ReadFile(CorpusPath("zip/weights.pth"))),
              StatusIs(kPrecondition, HasSubstr("--skeleton")));
  EXPECT_THAT(CheckTorchScriptArchive("import torch\n"),
              StatusIs(kPrecondition, HasSubstr("a text file")));
}

TEST(CheckTorchScriptArchive, EveryPickleIsChecked) {
  for (const char* name : {"m/data.pkl", "m/constants.pkl", "m/code/x.debug_pkl",
                           "m/attributes.pkl", "m/traced_inputs.pkl"}) {
    auto pieces = HonestPieces();
    std::erase_if(pieces, [&](const ZipPiece& piece) { return piece.name == name; });
    pieces.push_back({name, "\x80\x02("});
    EXPECT_THAT(CheckTorchScriptArchive(BuildZip(pieces)), StatusIs(kInvalid, HasSubstr(name)));
  }
}

TEST(CheckTorchScriptArchive, TheUsersOwnExtraFilesAreNot) {
  auto pieces = HonestPieces();
  pieces.push_back({"m/extra/notes.pkl", "not a pickle"});
  SCONCE_EXPECT_OK(CheckTorchScriptArchive(BuildZip(pieces)));
}

TEST(CheckTorchScriptArchive, VersionsAreNumbers) {
  auto pieces = HonestPieces();
  pieces.back().data = "99999999999999999999";
  EXPECT_THAT(CheckTorchScriptArchive(BuildZip(pieces)), StatusIs(kInvalid, HasSubstr("version")));
}

TEST(CheckTorchScriptArchive, DamageAnywhereIsNamed) {
  auto pieces = HonestPieces();
  pieces.push_back({"m/unused", "x"});
  pieces.back().crc = 7;
  EXPECT_THAT(CheckTorchScriptArchive(BuildZip(pieces)), StatusIs(kInvalid, HasSubstr("m/unused")));
}

}  // namespace
}  // namespace sconce
