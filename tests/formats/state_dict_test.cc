#include "server/formats/state_dict.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using testing::BuildTorchZip;
using testing::CorpusPath;
using testing::Dict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::Pickle;
using testing::ReadFile;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Tensor;
using testing::TensorText;

constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

std::vector<std::string> NamesOf(const StateDict& tensors) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : tensors) names.push_back(name);
  return names;
}

TEST(ReadStateDict, ReadsWhatPyTorchSaved) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const StateDict tensors,
                              ReadStateDict(ReadFile(CorpusPath("zip/weights.pth"))));
  EXPECT_THAT(NamesOf(tensors), ElementsAre("weight", "bias"));
  EXPECT_THAT(tensors[0].second.sizes().vec(), ElementsAre(1, 2));
  EXPECT_EQ(tensors[0].second.scalar_type(), at::kFloat);
}

TEST(ReadStateDict, ReadsParametersAndYoungTypes) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const StateDict tensors,
                              ReadStateDict(ReadFile(CorpusPath("zip/young.pth"))));
  EXPECT_EQ(tensors[0].second.scalar_type(), at::kFloat8_e5m2);
  EXPECT_TRUE(at::equal(tensors[1].second, at::ones({1})));
}

TEST(ReadStateDict, SharedStoragesStayShared) {
  TensorText part;
  part.offset = 2;
  part.shape = {2};
  part.strides = {1};
  const std::string pickle = Pickle(Dict({{"whole", Tensor({})}, {"part", Tensor(part)}}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StateDict tensors,
                              ReadStateDict(BuildTorchZip(pickle, {std::string(16, '\0')})));
  tensors[0].second.fill_(3);
  EXPECT_TRUE(at::equal(tensors[1].second, at::full({2}, 3.0f)));
}

TEST(ReadStateDict, WhatWasOnAGpuComesToTheCpu) {
  TensorText tensor;
  tensor.location = "cuda:3";
  const std::string pickle = Pickle(Dict({{"w", Tensor(tensor)}}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StateDict tensors,
                              ReadStateDict(BuildTorchZip(pickle, {std::string(16, '\0')})));
  EXPECT_TRUE(tensors[0].second.is_cpu());
}

TEST(ReadStateDict, BigEndianFilesAreRefusedByName) {
  const std::string zip = testing::BuildZip(
      {{"a/data.pkl", Pickle(Dict({}))}, {"a/byteorder", "big"}, {"a/version", "3"}});
  EXPECT_THAT(ReadStateDict(zip), StatusIs(kPrecondition, HasSubstr("\"big\"-endian")));
}

TEST(ReadStateDict, SaysWhatElseAFileIs) {
  EXPECT_THAT(ReadStateDict(ReadFile(CorpusPath("zip/checkpoint.pth"))),
              StatusIs(kPrecondition, AllOf(HasSubstr("epoch: 3"), HasSubstr("[\"model\"]"))));
  EXPECT_THAT(ReadStateDict(ReadFile(CorpusPath("zip/whole.pth"))),
              StatusIs(kPrecondition, HasSubstr("class __main__.Net")));
  EXPECT_THAT(ReadStateDict(ReadFile(CorpusPath("zip/scripted.pt"))),
              StatusIs(kPrecondition, HasSubstr("TorchScript")));
  EXPECT_THAT(ReadStateDict(ReadFile(CorpusPath("zip/legacy.pth"))),
              StatusIs(kPrecondition, HasSubstr("before PyTorch 1.6")));
  EXPECT_THAT(ReadStateDict(ReadFile(CorpusPath("zip/w.safetensors"))),
              StatusIs(kPrecondition, HasSubstr("safetensors")));
  EXPECT_THAT(ReadStateDict(""), StatusIs(kPrecondition, HasSubstr("empty")));
}

TEST(WriteStateDict, ReadsBackEqual) {
  const TemporaryFolder folder;
  const at::Tensor base = at::arange(24, at::kFloat).reshape({4, 6});
  const StateDict written = {{"base", base},
                             {"view", base.slice(1, 1, 4, 2)},
                             {"transposed", base.t()},
                             {"half", at::ones({3}, at::kHalf)},
                             {"young", at::zeros({3}, at::kUInt16)},
                             {"scalar", at::ones({}, at::kLong)},
                             {"empty", at::zeros({0, 5})},
                             {"ünïcode.key", at::ones({1}, at::kBool)}};
  SCONCE_ASSERT_OK(WriteStateDict(written, folder.Path("w.pth")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StateDict read, ReadStateDict(ReadFile(folder.Path("w.pth"))));
  ASSERT_EQ(NamesOf(read), NamesOf(written));
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].second.scalar_type(), written[i].second.scalar_type());
    EXPECT_EQ(read[i].second.strides(), written[i].second.strides());
    EXPECT_TRUE(at::equal(read[i].second, written[i].second)) << read[i].first;
  }
  EXPECT_EQ(read[0].second.storage().unsafeGetStorageImpl(),
            read[1].second.storage().unsafeGetStorageImpl());
}

TEST(WriteStateDict, WritesASharedStorageOnce) {
  const TemporaryFolder folder;
  const at::Tensor base = at::zeros({1 << 16});
  SCONCE_ASSERT_OK(WriteStateDict({{"a", base}, {"b", base}, {"c", base}}, folder.Path("w")));
  EXPECT_LT(ReadFile(folder.Path("w")).size(), base.nbytes() + 4096);
}

TEST(WriteStateDict, RefusesWhatCannotBeReadBack) {
  const TemporaryFolder folder;
  const at::Tensor tensor = at::ones({2});
  EXPECT_THAT(WriteStateDict({{"a", tensor}, {"a", tensor}}, folder.Path("w")),
              StatusIs(kPrecondition, HasSubstr("\"a\"")));
  EXPECT_THAT(WriteStateDict({{"s", tensor.to_sparse()}}, folder.Path("w")),
              StatusIs(kPrecondition, HasSubstr("dense")));
  EXPECT_THAT(WriteStateDict({{"s", at::Tensor()}}, folder.Path("w")),
              StatusIs(kPrecondition, HasSubstr("no tensor")));
}

TEST(WriteStateDict, AFullDiskIsResourceExhausted) {
  EXPECT_THAT(WriteStateDict({{"a", at::ones({1 << 16})}}, "/dev/full"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("No space left")));
}

TEST(WriteStateDict, AnUnwritableFolderIsNamed) {
  EXPECT_THAT(WriteStateDict({{"a", at::ones({1})}}, "/nonexistent/x"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent/x")));
}

}  // namespace
}  // namespace sconce
