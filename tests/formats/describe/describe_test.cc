#include "server/formats/describe/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/weights_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using testing::BuildTorchZip;
using testing::BuildZip;
using ::testing::Contains;
using testing::CorpusPath;
using testing::Dict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Pickle;
using testing::ReadFile;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Tensor;
using testing::TensorText;

FileDescription Describe(const std::string& path) {
  auto description = DescribeFile(path);
  EXPECT_THAT(description, testing::IsOk());
  return description.ok() ? *description : FileDescription();
}

TEST(Describe, AStateDictNeedsASkeleton) {
  const FileDescription description = Describe(CorpusPath("zip/weights.pth"));
  EXPECT_EQ(description.container, "zip");
  EXPECT_EQ(description.kind, "state_dict");
  ASSERT_EQ(description.tensors.size(), 2u);
  EXPECT_EQ(description.tensors[0].name, "weight");
  EXPECT_EQ(description.tensors[0].dtype, "float32");
  EXPECT_THAT(description.tensors[0].shape, ElementsAre(1, 2));
  EXPECT_EQ(description.tensors[0].bytes, 8u);
  EXPECT_THAT(description.foreign_globals, IsEmpty());
  EXPECT_THAT(description.advice,
              AllOf(HasSubstr("sconce load weights "), HasSubstr("--skeleton")));
}

TEST(Describe, ATorchScriptArchiveIsReady) {
  const FileDescription description = Describe(CorpusPath("zip/scripted.pt"));
  EXPECT_EQ(description.kind, "TorchScript archive");
  EXPECT_THAT(description.facts, Contains(HasSubstr("method: forward(self, x: Tensor) -> Tuple[")));
  EXPECT_THAT(description.facts, Contains("class: Net"));
  EXPECT_THAT(description.advice, HasSubstr("sconce load scripted "));
}

TEST(Describe, ACheckpointSaysWhereItsWeightsAre) {
  const FileDescription description = Describe(CorpusPath("zip/checkpoint.pth"));
  EXPECT_EQ(description.kind, "checkpoint");
  EXPECT_THAT(description.facts, Contains("epoch: 3"));
  EXPECT_THAT(description.facts, Contains("model: a state_dict of 2 tensors"));
  EXPECT_EQ(description.tensors[0].name, "model.view");
  EXPECT_THAT(description.advice, AllOf(HasSubstr("\"model\""), HasSubstr("--skeleton model.pt")));
  ASSERT_EQ(description.weights.size(), 1u);
  EXPECT_EQ(description.weights[0].key, "model");
}

TEST(Describe, AWholeModelNamesItsClasses) {
  const FileDescription description = Describe(CorpusPath("zip/whole.pth"));
  EXPECT_THAT(description.kind, HasSubstr("class __main__.Net"));
  EXPECT_THAT(description.foreign_globals,
              ElementsAre("__main__.Net", "torch.nn.modules.linear.Linear"));
  EXPECT_EQ(description.tensors[0].name, "fc.weight");
  ASSERT_EQ(description.modules.size(), 2u);
  EXPECT_THAT(description.modules[0], HasSubstr("__main__.Net"));
  EXPECT_THAT(description.modules[1], AllOf(HasSubstr("  fc: torch.nn.modules.linear.Linear("),
                                            HasSubstr("in_features=2, out_features=1")));
  EXPECT_THAT(description.advice, HasSubstr("sconce load whole "));
}

TEST(Describe, ALegacyStreamIsReadToItsTensors) {
  const FileDescription description = Describe(CorpusPath("zip/legacy.pth"));
  EXPECT_EQ(description.container, "legacy torch stream");
  EXPECT_EQ(description.tensors.size(), 2u);
  EXPECT_THAT(description.advice, HasSubstr("--skeleton model.pt"));
}

TEST(Describe, SafetensorsAreListed) {
  const FileDescription description = Describe(CorpusPath("zip/w.safetensors"));
  EXPECT_EQ(description.container, "safetensors");
  EXPECT_EQ(description.tensors[0].dtype, "float32");
}

TEST(Describe, SeveralSetsOfWeightsAreListed) {
  const TemporaryFolder folder;
  const std::string set = Dict({{"w", Tensor({})}});
  const std::string pickle = Pickle(Dict({{"gen", set}, {"dis", set}, {"optimizer", "}"}}));
  const FileDescription description =
      Describe(folder.Write("gan.pth", BuildTorchZip(pickle, {std::string(16, 'x')})));
  ASSERT_EQ(description.weights.size(), 2u);
  EXPECT_THAT(description.facts, Contains("optimizer: a dict with 0 keys"));
  EXPECT_THAT(description.advice,
              AllOf(HasSubstr("gen (1 tensors), dis (1 tensors)"), HasSubstr("--weights-key gen")));
}

TEST(Describe, TensorsThatShareAStorageSaySo) {
  const TemporaryFolder folder;
  const std::string pickle = Pickle(Dict({{"a", Tensor({})}, {"b", Tensor({})}}));
  const FileDescription description =
      Describe(folder.Write("w.pth", BuildTorchZip(pickle, {std::string(16, 'x')})));
  ASSERT_EQ(description.tensors.size(), 2u);
  EXPECT_EQ(description.tensors[0].storage, description.tensors[1].storage);
  EXPECT_THAT(ToText(description), HasSubstr("(shares the storage of a)"));
}

TEST(Describe, ShardsAreOneModel) {
  const TemporaryFolder folder;
  folder.Write("1.safetensors", testing::SafetensorsOf({{"a", {1}}}));
  folder.Write("2.safetensors", testing::SafetensorsOf({{"b", {2}}}));
  const std::string index =
      folder.Write("model.safetensors.index.json",
                   testing::IndexOf({{"a", "1.safetensors"}, {"b", "2.safetensors"}}));
  for (const std::string& path : {index, folder.Path("")}) {
    const FileDescription description = Describe(path);
    EXPECT_EQ(description.kind, "sharded safetensors");
    EXPECT_EQ(description.tensors.size(), 2u);
    EXPECT_THAT(description.facts, Contains("shard: 1.safetensors (1 tensors)"));
    EXPECT_THAT(description.advice, HasSubstr("sconce load model "));
  }
  std::filesystem::remove(folder.Path("2.safetensors"));
  EXPECT_THAT(Describe(index).advice, HasSubstr("2.safetensors"));
}

TEST(Describe, TextOfHugeFilesIsBoundedAndJsonIsWhole) {
  const TemporaryFolder folder;
  std::vector<std::pair<std::string, std::vector<float>>> tensors;
  for (int i = 0; i < 5000; ++i)
    tensors.emplace_back(absl::StrFormat("w%d", i), std::vector<float>());
  const FileDescription description =
      Describe(folder.Write("w.safetensors", testing::SafetensorsOf(tensors)));
  EXPECT_THAT(ToText(description), HasSubstr("and 4800 more tensors"));
  EXPECT_EQ(ToJson(description)["tensors"].size(), 5000u);
}

struct Known {
  std::string bytes;
  const char* kind;
};

class KnownKind : public ::testing::TestWithParam<Known> {};

TEST_P(KnownKind, IsNamedWhateverItsSuffix) {
  const TemporaryFolder folder;
  const FileDescription description = Describe(folder.Write("model.pt", GetParam().bytes));
  EXPECT_EQ(description.kind, GetParam().kind);
  EXPECT_NE(description.advice, "");
}

INSTANTIATE_TEST_SUITE_P(
    All, KnownKind,
    ::testing::Values(
        Known{"", "not a model"}, Known{"import torch\n", "Python source"},
        Known{"version https://git-lfs.github.com/spec/v1\noid", "Git LFS pointer"},
        Known{"<!DOCTYPE html><html>", "HTML page"}, Known{"\x1f\x8b\x08", "not a model"},
        Known{"\x7f"
              "ELF",
              "not a model"},
        Known{BuildZip({{"MAR-INF/MANIFEST.json", "{}"}}), "TorchServe archive (.mar)"},
        Known{BuildZip({{"x.npy", "1"}, {"y.npy", "1"}}), "numpy arrays (.npz)"},
        Known{BuildZip({{"m/archive_format", "pt2"}, {"m/models/model.json", "{}"}}),
              "torch.export program"},
        Known{BuildZip({{"m/archive_format", "pt2"}, {"m/data/aotinductor/model/x.so", "1"}}),
              "AOTInductor package"},
        Known{BuildZip({{"config.json", "{}"}, {"model.weights.h5", "1"}}), "Keras model"},
        Known{BuildZip({{"readme.txt", "hi"}}), "not a model"},
        Known{BuildTorchZip(Pickle("]"), {}), "pickled Python object"},
        Known{BuildTorchZip(Pickle(Tensor({})), {std::string(16, 'x')}), "tensor"}));

TEST(Describe, ADirectoryIsAKindToo) {
  const TemporaryFolder folder;
  EXPECT_EQ(Describe(folder.Path("")).kind, "directory");
}

TEST(Describe, MissingFilesAreNotFound) {
  EXPECT_THAT(DescribeFile("/nonexistent.pt"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent.pt")));
}

TEST(Describe, DamagedFilesSayWhere) {
  const TemporaryFolder folder;
  const std::string whole = ReadFile(CorpusPath("zip/weights.pth"));
  const std::string path = folder.Write("cut.pth", whole.substr(0, whole.size() / 2));
  EXPECT_THAT(DescribeFile(path), StatusIs(absl::StatusCode::kInvalidArgument,
                                           AllOf(HasSubstr("cut.pth"), HasSubstr("truncated"))));
}

TEST(Describe, HostileNamesAreMadePrintable) {
  const TemporaryFolder folder;
  const std::string pickle = Pickle(Dict({{"evil\x1b[2J\xff", Tensor({})}}));
  const std::string path = folder.Write("x.pth", BuildTorchZip(pickle, {std::string(16, 'x')}));
  const FileDescription description = Describe(path);
  EXPECT_EQ(description.tensors[0].name, "evil\\x1b[2J\\xff");
  EXPECT_THAT(ToJson(description).dump(), HasSubstr("evil"));
}

TEST(Describe, ErrorsAreMadePrintable) {
  const TemporaryFolder folder;
  // The message holds the path, and comes from the file.
  const std::string path = folder.Path("x.pth");
  testing::TensorText outside;
  outside.offset = 100;
  const std::string pickle = Pickle(Dict({{path + "\x1b[2J", Tensor(outside)}}));
  folder.Write("x.pth", BuildTorchZip(pickle, {std::string(16, 'x')}));
  EXPECT_THAT(DescribeFile(path),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("\\x1b[2J"), ::testing::Not(HasSubstr("\x1b")))));
}

FileDescription DescribeCode(const TemporaryFolder& folder, const std::string& code) {
  const std::string object = testing::Global("__torch__", "Net") + ")\x81}b";
  return Describe(folder.Write("m.pt", BuildZip({{"a/data.pkl", Pickle(object)},
                                                 {"a/code/__torch__.py", code},
                                                 {"a/constants.pkl", Pickle(")")},
                                                 {"a/version", "3\n"}})));
}

TEST(Describe, MethodsComeWithTheirArguments) {
  const TemporaryFolder folder;
  const std::string code =
      "class Net(Module):\n"
      "  def forward(self: __torch__.Net,\n    x: Tensor,\n    n: int=2) -> Tensor:\n    return x\n"
      "  def other(self: __torch__.Net) -> int:\n    return 1\n"
      "class Another(Module):\n  def hidden(self) -> int:\n";
  EXPECT_THAT(
      DescribeCode(folder, code).facts,
      AllOf(Contains("method: forward(self, x: Tensor, n: int=2) -> Tensor"),
            Contains("method: other(self) -> int"), ::testing::Not(Contains(HasSubstr("hidden")))));
}

TEST(Describe, CodeThatIsNoneIsSurvived) {
  const TemporaryFolder folder;
  for (const char* tail :
       {"  def ", "  def", "  def :", "  def (self: ", "  def x(self: __torch__"}) {
    DescribeCode(folder, std::string("class Net(Module):\n") + tail);
  }
  std::string endless = "class Net(Module):\n";
  for (int i = 0; i < 200'000; ++i) endless += "  def x\n";
  EXPECT_LT(DescribeCode(folder, endless).facts.size(), 2000u);
}

TEST(Describe, EveryExampleHasItsKindAndACommand) {
  const std::string folder = SCONCE_TEST_DATA "/weights_files/";
  const auto expected = nlohmann::json::parse(std::ifstream(folder + "expected.json"));
  for (const auto& [name, content] : expected.items()) {
    const FileDescription description = Describe(folder + name);
    // Every name that the weights have is there, perhaps behind where they are in the file.
    EXPECT_GE(description.tensors.size(), content["tensors"].size()) << name;
    EXPECT_THAT(description.advice, AllOf(HasSubstr("sconce load "), HasSubstr("--skeleton")))
        << name;
    EXPECT_FALSE(description.weights.empty()) << name;
    ToText(description);
  }
}

TEST(Describe, OnlyHeadersOfAHugeFileAreRead) {
  const TemporaryFolder folder;
  // A hole of 8 GiB where the data should be; reading it would take seconds and fill memory.
  const std::string json =
      R"({"w":{"dtype":"F32","shape":[2147483648],"data_offsets":[0,8589934592]}})";
  const std::string path = folder.Write("huge", testing::LittleEndian(json.size(), 8).append(json));
  std::filesystem::resize_file(path, 8 + json.size() + (uint64_t{8} << 30));
  const FileDescription description = Describe(path);
  EXPECT_EQ(description.tensors[0].bytes, uint64_t{8} << 30);
}

TEST(Describe, TextAndJsonSayTheSame) {
  const FileDescription description = Describe(CorpusPath("zip/checkpoint.pth"));
  const std::string text = ToText(description);
  const nlohmann::json json = ToJson(description);
  EXPECT_EQ(json["kind"], "checkpoint");
  EXPECT_EQ(json["tensors"][0]["shape"], (std::vector<int64_t>{2, 2}));
  for (const auto& tensor : json["tensors"]) {
    EXPECT_THAT(text, HasSubstr(tensor["name"].get<std::string>()));
  }
  EXPECT_THAT(text, HasSubstr(json["advice"].get<std::string>()));
}

}  // namespace
}  // namespace sconce
