#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "server/formats/safetensors/safetensors_file.h"
#include "server/formats/torch/module_tree.h"
#include "server/formats/weights/weights_choice.h"
#include "server/formats/weights/weights_file.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/weights_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildTorchZip;
using testing::DictOf;
using ::testing::HasSubstr;
using testing::IndexOf;
using testing::IsOk;
using testing::Module;
using testing::NamedTexts;
using testing::Number;
using testing::Pickle;
using testing::Safetensors;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Tensor;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
const std::string kSixteenBytes(16, '\x01');

absl::Status ReadSafetensors(const std::string& header, const std::string& data) {
  return OpenSafetensors(ByteSource::Owning(Safetensors(header, data))).status();
}

absl::StatusOr<std::unique_ptr<WeightsFile>> OpenPickle(const std::string& value,
                                                        const WeightsOptions& options = {}) {
  const TemporaryFolder folder;
  return WeightsFile::Open(folder.Write("w", BuildTorchZip(Pickle(value), {kSixteenBytes})),
                           options);
}

TEST(SafetensorsAttack, OneNameTwice) {
  EXPECT_THAT(ReadSafetensors(R"({"w":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                              R"("w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                              "ab"),
              StatusIs(kInvalid, HasSubstr("occurs twice")));
}

TEST(SafetensorsAttack, TensorsThatOverlapOrLeaveHoles) {
  for (const char* second : {"[2,6]", "[5,9]"}) {
    EXPECT_THAT(ReadSafetensors(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                                R"("b":{"dtype":"U8","shape":[4],"data_offsets":)" +
                                    std::string(second) + "}}",
                                std::string(9, 'x')),
                StatusIs(kInvalid, HasSubstr("a hole or an overlap")));
  }
}

TEST(SafetensorsAttack, ShapesThatOverflow) {
  EXPECT_THAT(ReadSafetensors(R"({"w":{"dtype":"F64","shape":[2305843009213693952,8],)"
                              R"("data_offsets":[0,0]}})",
                              ""),
              StatusIs(kInvalid, HasSubstr("too large")));
}

TEST(SafetensorsAttack, HeadersNestedWithoutEnd) {
  std::string header;
  for (int i = 0; i < 1'000'000; ++i) header += "{\"a\":";
  EXPECT_THAT(ReadSafetensors(header, ""), StatusIs(kInvalid, HasSubstr("nested deeper")));
}

TEST(SafetensorsAttack, AZeroByteDoesNotEndTheHeader) {
  EXPECT_THAT(ReadSafetensors(std::string("{}\0{\"w\":1}", 10), ""),
              StatusIs(kInvalid, HasSubstr("damaged")));
}

TEST(SafetensorsAttack, HeadersLongerThanTheFile) {
  const std::string bytes = testing::LittleEndian(99'000'000, 8) + "{}";
  EXPECT_THAT(OpenSafetensors(ByteSource::Owning(bytes)),
              StatusIs(kInvalid, HasSubstr("announces")));
}

class IndexAttack : public ::testing::Test {
 protected:
  absl::Status Open(const std::string& index) {
    return WeightsFile::Open(folder_.Write("m.index.json", index), {}).status();
  }

  const TemporaryFolder folder_;
};

TEST_F(IndexAttack, ShardsOutsideTheFolderByName) {
  for (const char* name :
       {"../x", "/etc/passwd", "a/../../x", "..\\\\x", "C:x", "a\\u0000b", "."}) {
    EXPECT_THAT(Open(IndexOf({{"w", name}})), StatusIs(kInvalid, HasSubstr("shard"))) << name;
  }
}

TEST_F(IndexAttack, ShardsOutsideTheFolderByLink) {
  std::filesystem::create_symlink("/etc/passwd", folder_.Path("link"));
  EXPECT_THAT(Open(IndexOf({{"w", "link"}})),
              StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("link")));
}

TEST_F(IndexAttack, IndexesThatNameThemselves) {
  std::filesystem::create_symlink("m.index.json", folder_.Path("link"));
  std::filesystem::create_directory_symlink(".", folder_.Path("folder"));
  for (const char* name : {"m.index.json", "link", "folder"}) {
    EXPECT_FALSE(Open(IndexOf({{"w", name}})).ok()) << name;
  }
}

TEST_F(IndexAttack, OneTensorInTwoShards) {
  EXPECT_THAT(Open(R"({"weight_map":{"w":"a","w":"b"}})"),
              StatusIs(kInvalid, HasSubstr("occurs twice")));
}

TEST(CheckpointAttack, AHundredThousandKeys) {
  NamedTexts entries = {{"model", DictOf({{"w", Tensor({})}})}};
  for (int i = 0; i < 100'000; ++i) entries.emplace_back("key" + std::to_string(i), "}");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, OpenPickle(DictOf(entries)));
  EXPECT_EQ(weights->weights_key(), "model");
  const auto refused = OpenPickle(DictOf(NamedTexts(entries.begin() + 1, entries.end())));
  ASSERT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("key0")));
  EXPECT_LT(refused.status().message().size(), 1000u);
}

TEST(CheckpointAttack, AHundredThousandSetsOfWeights) {
  const std::string tensor = Tensor({}) + "q\x07";
  NamedTexts entries = {{"first", tensor}};
  for (int i = 0; i < 100'000; ++i) {
    entries.emplace_back("set" + std::to_string(i), DictOf({{"w", std::string("h\x07")}}));
  }
  const auto refused = OpenPickle(DictOf(entries));
  ASSERT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("several")));
  EXPECT_LT(refused.status().message().size(), 2000u);
}

TEST(CheckpointAttack, ADictThatHoldsItself) {
  const std::string itself = std::string("}q\x07(") + testing::Text("a") + "h\x07" + "u";
  EXPECT_THAT(OpenPickle(itself),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no weights")));
  WeightsOptions options;
  for (int i = 0; i < 10'000; ++i) options.weights_key += "a.";
  EXPECT_FALSE(OpenPickle(itself, options).ok());
}

// Each of the dicts holds the next many times, under one key.
TEST(CheckpointAttack, APathOfKeysThatRepeat) {
  std::string value = "}";
  for (int level = 0; level < 12; ++level) {
    const std::string memo{'q', static_cast<char>(level + 1)};
    const std::string again{'h', static_cast<char>(level + 1)};
    NamedTexts entries = {{"a", value + memo}};
    for (int i = 0; i < 30; ++i) entries.emplace_back("a", again);
    value = DictOf(entries);
  }
  WeightsOptions options;
  options.weights_key = "a.a.a.a.a.a.a.a.a.a.a.a.b";
  EXPECT_THAT(OpenPickle(value, options), StatusIs(absl::StatusCode::kNotFound, HasSubstr("a.a")));
}

TEST(CheckpointAttack, OneKeyAMillionTimes) {
  std::string dict = "}(" + testing::Text("w") + "q\x07" + Tensor({}) + "q\x08";
  for (int i = 0; i < 1'000'000; ++i) dict += "h\x07h\x08";
  EXPECT_THAT(OpenPickle(dict + "u"), StatusIs(kInvalid, HasSubstr("occurs twice")));
}

TEST(ModuleAttack, ModulesThatHoldThemselves) {
  const std::string content = "}(" + testing::Text("_parameters") + "}" +
                              testing::Text("_modules") + "}(" + testing::Text("child") + "h\x07" +
                              "uu";
  const std::string module = testing::Global("a", "Net") + ")\x81" + "q\x07" + content + "b";
  EXPECT_THAT(OpenPickle(module), StatusIs(kInvalid, HasSubstr("without end")));
}

// 30 levels, each with the next one twice: a billion modules in a small file.
TEST(ModuleAttack, ModulesThatAreRepeatedWithoutEnd) {
  std::string module = Module({.parameters = {{"w", Tensor({})}}});
  for (int level = 0; level < 30; ++level) {
    const std::string memo{'q', static_cast<char>(level + 1)};
    const std::string again{'h', static_cast<char>(level + 1)};
    module = Module({.modules = {{"a", module + memo}, {"b", again}}});
  }
  EXPECT_THAT(OpenPickle(module), StatusIs(kInvalid, HasSubstr("without end")));
}

TEST(ModuleAttack, NumbersWhereModulesShouldBe) {
  EXPECT_THAT(OpenPickle(Module({.modules = {{"a", Number(1)}}})),
              StatusIs(kInvalid, HasSubstr("where a module should")));
}

}  // namespace
}  // namespace sconce
