// The files that tests/data/make_weights_files.py wrote.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "server/formats/io/sha256.h"
#include "server/formats/weights/weights_file.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using testing::BuildTorchZip;
using testing::Dict;
using ::testing::HasSubstr;
using testing::Number;
using testing::Pickle;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Tensor;

constexpr char kFolder[] = SCONCE_TEST_DATA "/weights_files/";

const nlohmann::json& Expected() {
  static const auto* expected = new nlohmann::json(
      nlohmann::json::parse(std::ifstream(std::string(kFolder) + "expected.json")));
  return *expected;
}

std::string Sha256Of(const std::string& bytes) {
  auto sha256 = Sha256::Start();
  EXPECT_TRUE(sha256.ok() && sha256->Add(bytes).ok());
  return *sha256->Finish();
}

absl::StatusOr<std::unique_ptr<WeightsFile>> Open(const std::string& name,
                                                  const std::string& key = "") {
  WeightsOptions options;
  options.weights_key = key;
  return WeightsFile::Open(kFolder + name, options);
}

class RealWeights : public ::testing::TestWithParam<std::string> {};

TEST_P(RealWeights, AreWhatPyTorchSaved) {
  const nlohmann::json& expected = Expected()[GetParam()];
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, Open(GetParam()));
  EXPECT_EQ(weights->kind(), expected["kind"]);
  EXPECT_EQ(weights->weights_key(), expected["key"]);
  EXPECT_EQ(weights->stripped_prefix(), expected["prefix"]);
  std::map<std::string, const StoredTensor*> by_name;
  std::vector<std::string> order;
  for (const StoredTensor& tensor : weights->tensors()) {
    by_name[tensor.name] = &tensor;
    order.push_back(tensor.name);
  }
  std::vector<std::string> expected_order;
  for (const auto& wanted : expected["tensors"]) {
    expected_order.push_back(wanted["name"]);
    const StoredTensor* tensor = by_name[wanted["name"]];
    ASSERT_NE(tensor, nullptr) << wanted["name"];
    EXPECT_EQ(tensor->dtype->name, wanted["dtype"].get<std::string>());
    EXPECT_EQ(tensor->shape, wanted["shape"].get<std::vector<int64_t>>());
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes, testing::ElementBytes(*tensor));
    EXPECT_EQ(Sha256Of(bytes), wanted["sha256"]) << wanted["name"];
  }
  EXPECT_EQ(weights->tensors().size(), expected["tensors"].size());
  // Safetensors have an order of their own.
  if (!absl::StrContains(weights->kind(), "safetensors")) {
    EXPECT_EQ(order, expected_order);
  }
  SCONCE_EXPECT_OK(weights->Digest());
}

std::vector<std::string> AllNames() {
  std::vector<std::string> names;
  for (const auto& [name, described] : Expected().items()) names.push_back(name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(All, RealWeights, ::testing::ValuesIn(AllNames()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
});

TEST(WeightsExample, TiedWeightsOfAPickledModelShareTheirStorage) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, Open("model_zip.pth"));
  std::map<std::string, const StorageBytes*> storages;
  for (const StoredTensor& tensor : weights->tensors()) {
    storages[tensor.name] = tensor.storage.get();
  }
  EXPECT_EQ(storages["tied.weight"], storages["head.out.weight"]);
  EXPECT_NE(storages["tied.weight"], storages["blocks.0.fc.weight"]);
}

TEST(WeightsExample, SeveralSetsAreListedAndOneIsAskedFor) {
  EXPECT_THAT(Open("ambiguous.pth"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("generator (18 tensors)"), HasSubstr("discriminator"),
                             HasSubstr("--weights-key"))));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, Open("ambiguous.pth", "discriminator"));
  EXPECT_EQ(weights->weights_key(), "discriminator");
  EXPECT_EQ(weights->tensors().size(), 18u);
}

TEST(WeightsExample, AKeyChoosesWhatWouldNotBeChosen) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, Open("with_ema.pth", "ema"));
  EXPECT_EQ(weights->weights_key(), "ema");
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto nested, Open("nested.pth", "state.model"));
  EXPECT_EQ(nested->weights_key(), "state.model");
}

TEST(WeightsExample, SafetensorsKeepTheirMetadata) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, Open("dtypes.safetensors"));
  EXPECT_THAT(weights->metadata(),
              ::testing::UnorderedElementsAre(::testing::Pair("format", "pt"),
                                              ::testing::Pair("note", "hello")));
}

TEST(WeightsExample, TensorsAmongOtherValuesAreNoWeights) {
  EXPECT_THAT(Open("mixed.pth"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                          AllOf(HasSubstr("1 of its 3 values are tensors"),
                                                HasSubstr("epoch, w, lr"))));
}

TEST(WeightsExample, OptimizersAreNoWeightsWhateverTheirName) {
  const TemporaryFolder folder;
  const std::string adam =
      Dict({{"state", Dict({{"exp_avg", Tensor({})}})}, {"param_groups", "]"}});
  const std::string pickle = Pickle(Dict({{"my_adam", adam}, {"net", Dict({{"w", Tensor({})}})}}));
  const std::string path = folder.Write("x.pth", BuildTorchZip(pickle, {std::string(16, 'x')}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, WeightsFile::Open(path, {}));
  EXPECT_EQ(weights->weights_key(), "net");
}

TEST(WeightsExample, ErrorsHoldNoControlCharacters) {
  const TemporaryFolder folder;
  const std::string pickle = Pickle(Dict({{"a\x1b[2J", Number(1)}}));
  const auto weights = WeightsFile::Open(folder.Write("x.pth", BuildTorchZip(pickle, {})), {});
  EXPECT_THAT(weights, StatusIs(absl::StatusCode::kFailedPrecondition,
                                AllOf(HasSubstr("a\\x1b[2J"), ::testing::Not(HasSubstr("\x1b")))));
}

}  // namespace
}  // namespace sconce
