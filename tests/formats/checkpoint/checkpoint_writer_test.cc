#include "server/formats/checkpoint/checkpoint_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "server/base/status_macros.h"
#include "tests/formats/temporary_folder.h"
#include "tests/formats/text_output.h"
#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::AllOf;
using testing::ElementBytes;
using ::testing::ElementsAre;
using testing::EntryOf;
using ::testing::HasSubstr;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::TextOutput;

// Weights that no file holds.
class MadeWeights final : public WeightsFile {
 public:
  explicit MadeWeights(std::vector<StoredTensor> tensors) { tensors_ = std::move(tensors); }
  absl::StatusOr<std::string> Digest() override { return std::string(); }
};

std::string Floats(const std::vector<float>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(float)};
}

StoredTensor Tensor(std::string name, std::vector<int64_t> shape,
                    std::shared_ptr<const StorageBytes> storage, uint64_t offset = 0,
                    const char* dtype = "float32") {
  StoredTensor tensor;
  tensor.name = std::move(name);
  tensor.dtype = FindDtype(dtype);
  tensor.shape = std::move(shape);
  tensor.strides = ContiguousStrides(tensor.shape);
  tensor.offset = offset;
  tensor.storage = std::move(storage);
  return tensor;
}

// Two layers whose weights are one, and a transposed view of it.
MadeWeights SmallNet() {
  const auto shared = OwnedBytes(Floats({1, 2, 3, 4, 5, 6}));
  StoredTensor turned = Tensor("head.weight", {3, 2}, shared);
  turned.strides = {1, 3};
  return MadeWeights(
      {Tensor("body.0.weight", {2, 3}, shared), std::move(turned),
       Tensor("norm.running_mean", {2}, OwnedBytes(Floats({0, 1}))),
       Tensor("norm.num_batches_tracked", {}, OwnedBytes(std::string(8, '\1')), 0, "int64")});
}

absl::StatusOr<std::string> Written(WeightsFile& weights, const WriteOptions& options) {
  TextOutput out;
  SCONCE_RETURN_IF_ERROR(WriteCheckpoint(weights, options, out));
  return out.text();
}

// What was written, read again from a file of this folder.
class Folder {
 public:
  absl::StatusOr<std::unique_ptr<WeightsFile>> Rewritten(WeightsFile& weights,
                                                         const WriteOptions& options) {
    SCONCE_ASSIGN_OR_RETURN(const std::string bytes, Written(weights, options));
    return WeightsFile::Open(folder_.Write(std::to_string(files_++), bytes), {});
  }
  std::string Write(const std::string& name, const std::string& bytes) {
    return folder_.Write(name, bytes);
  }
  std::string Path(const std::string& name) const { return folder_.Path(name); }

 private:
  TemporaryFolder folder_;
  int files_ = 0;
};

void ExpectSameTensors(const WeightsFile& got, const WeightsFile& wanted) {
  ASSERT_EQ(got.tensors().size(), wanted.tensors().size());
  for (size_t i = 0; i < wanted.tensors().size(); ++i) {
    const StoredTensor& a = got.tensors()[i];
    const StoredTensor& b = wanted.tensors()[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.dtype, b.dtype) << a.name;
    EXPECT_EQ(a.shape, b.shape) << a.name;
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes_a, ElementBytes(a));
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes_b, ElementBytes(b));
    EXPECT_EQ(bytes_a, bytes_b) << a.name;
    for (size_t j = 0; j < i; ++j) {
      EXPECT_EQ(a.storage == got.tensors()[j].storage, b.storage == wanted.tensors()[j].storage)
          << a.name << " and " << got.tensors()[j].name;
    }
  }
}

std::string TestFile(const std::string& name) { return SCONCE_TEST_DATA "/torch_files/" + name; }

const PickleValue& Entry(const PickleValue& dict, const std::string& key) {
  const auto* entries = DictEntries(dict);
  for (size_t i = 0; entries != nullptr && i < entries->size(); i += 2) {
    const PickleValue& found = *(*entries)[i];
    if (found.Is(PickleKind::kString) && found.text == key) return *(*entries)[i + 1];
    if (found.Is(PickleKind::kInt) && std::to_string(found.integer) == key) {
      return *(*entries)[i + 1];
    }
  }
  ADD_FAILURE() << "no entry " << key;
  return dict;
}

class EveryTorchFile : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryTorchFile, KeepsItsTensorsAndTheirSharing) {
  Folder folder;
  SCONCE_ASSERT_OK_AND_ASSIGN(auto weights, WeightsFile::Open(TestFile(GetParam()), {}));
  for (const auto format : {CheckpointFormat::kStateDict, CheckpointFormat::kCheckpoint}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(auto back, folder.Rewritten(*weights, {.format = format}));
    EXPECT_EQ(back->kind(), format == CheckpointFormat::kStateDict ? "state_dict" : "checkpoint");
    ExpectSameTensors(*back, *weights);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryTorchFile,
                         ::testing::Values("zip_dtypes.pth", "zip_layouts.pth", "zip_kinds.pth",
                                           "zip_deflated.pth", "zip_first_layout.pth",
                                           "zip_numpy.pth", "legacy_dtypes.pth",
                                           "legacy_layouts.pth", "legacy_kinds.pth",
                                           "legacy_protocol4.pth", "legacy_views.pth",
                                           "pickle_protocol0.pkl", "pickle_protocol2.pkl",
                                           "pickle_protocol5.pkl", "pickle_large.pkl",
                                           "numpy_protocol2.pkl", "numpy_protocol5.pkl"));

TEST(WriteStateDict, SharedStoragesAndViewsStay) {
  Folder folder;
  MadeWeights net = SmallNet();
  SCONCE_ASSERT_OK_AND_ASSIGN(auto back, folder.Rewritten(net, {}));
  ExpectSameTensors(*back, net);
  EXPECT_EQ(back->tensors()[1].strides, (std::vector<int64_t>{1, 3}));
}

TEST(WriteStateDict, ModulesHaveTheVersionsTheirTensorsTellOf) {
  Folder folder;
  MadeWeights net = SmallNet();
  SCONCE_ASSERT_OK_AND_ASSIGN(auto back, folder.Rewritten(net, {}));
  const PickleValue& metadata = Entry(*back->torch_file()->root().changes->states[0], "_metadata");
  std::map<std::string, int64_t> versions;
  const auto& entries = *DictEntries(metadata);
  for (size_t i = 0; i < entries.size(); i += 2) {
    versions[std::string(entries[i]->text)] = Entry(*entries[i + 1], "version").integer;
  }
  EXPECT_EQ(versions, (std::map<std::string, int64_t>{
                          {"", 1}, {"body", 1}, {"body.0", 1}, {"head", 1}, {"norm", 2}}));
}

TEST(WriteCheckpoint, AnewHasTheWeightsAndTheValues) {
  Folder folder;
  MadeWeights net = SmallNet();
  SCONCE_ASSERT_OK_AND_ASSIGN(
      auto back, folder.Rewritten(net, {.format = CheckpointFormat::kCheckpoint,
                                        .values_json = R"({"epoch": 12, "loss": 0.5, "big":
                  18446744073709551615, "notes": {"tags": ["a", null, true]}})"}));
  EXPECT_EQ(back->weights_key(), "model_state_dict");
  ExpectSameTensors(*back, net);
  const PickleValue& root = back->torch_file()->root();
  EXPECT_TRUE(Entry(root, "epoch").Is(PickleKind::kInt));
  EXPECT_EQ(Entry(root, "epoch").integer, 12);
  EXPECT_TRUE(Entry(root, "loss").Is(PickleKind::kFloat));
  EXPECT_EQ(Entry(root, "loss").real, 0.5);
  EXPECT_EQ(Entry(root, "big").text, std::string(8, '\xff') + '\0');
  const PickleValue& tags = Entry(Entry(root, "notes"), "tags");
  ASSERT_EQ(tags.items.size(), 3u);
  EXPECT_EQ(tags.items[0]->text, "a");
  EXPECT_TRUE(tags.items[1]->Is(PickleKind::kNone));
  EXPECT_TRUE(tags.items[2]->Is(PickleKind::kBool));
}

TEST(WriteCheckpoint, ABareHyperParameterBecomesAGroupOfAllParameters) {
  Folder folder;
  MadeWeights net = SmallNet();
  SCONCE_ASSERT_OK_AND_ASSIGN(
      auto back, folder.Rewritten(net, {.format = CheckpointFormat::kCheckpoint,
                                        .values_json = R"({"optimizer_state_dict": {"lr": 0.1,
                                               "momentum": 0.9, "betas": [0.5, 0.6]}})"}));
  const PickleValue& optimizer = Entry(back->torch_file()->root(), "optimizer_state_dict");
  EXPECT_TRUE(DictEntries(Entry(optimizer, "state"))->empty());
  const PickleValue& groups = Entry(optimizer, "param_groups");
  ASSERT_EQ(groups.items.size(), 1u);
  EXPECT_EQ(Entry(*groups.items[0], "lr").real, 0.1);
  EXPECT_EQ(Entry(*groups.items[0], "momentum").real, 0.9);
  EXPECT_TRUE(Entry(*groups.items[0], "betas").Is(PickleKind::kTuple));
  EXPECT_EQ(Entry(*groups.items[0], "weight_decay").integer, 0);
  // The two views of one storage are two parameters; the statistics are none.
  EXPECT_EQ(Entry(*groups.items[0], "params").items.size(), 2u);
}

TEST(WriteCheckpoint, AnOptimizersStateIsKeyedByNumbersAndHoldsTensors) {
  Folder folder;
  MadeWeights net = SmallNet();
  SCONCE_ASSERT_OK_AND_ASSIGN(auto back,
                              folder.Rewritten(net, {.format = CheckpointFormat::kCheckpoint,
                                                     .values_json = R"({"optimizer_state_dict": {
                    "state": {"0": {"step": 3, "exp_avg": [[1, 2], [3, 4]]}},
                    "param_groups": [{"lr": 0.1, "params": [0]}]}})"}));
  const PickleValue& optimizer = Entry(back->torch_file()->root(), "optimizer_state_dict");
  const auto& states = *DictEntries(Entry(optimizer, "state"));
  ASSERT_EQ(states.size(), 2u);
  EXPECT_TRUE(states[0]->Is(PickleKind::kInt));
  EXPECT_EQ(Entry(*states[1], "step").integer, 3);
  SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor average,
                              back->torch_file()->TensorOf(Entry(*states[1], "exp_avg")));
  EXPECT_EQ(average.shape, (std::vector<int64_t>{2, 2}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes, ElementBytes(average));
  EXPECT_EQ(bytes, Floats({1, 2, 3, 4}));
}

TEST(WriteCheckpoint, KeepsTheLayoutOfTheFileAndSetsValues) {
  Folder folder;
  MadeWeights net = SmallNet();
  SCONCE_ASSERT_OK_AND_ASSIGN(auto first,
                              folder.Rewritten(net, {.format = CheckpointFormat::kCheckpoint,
                                                     .values_json = R"({"epoch": 1, "name": "x",
                    "optimizer_state_dict": {"state": {"0": {"exp_avg": [1, 2]}},
                                             "param_groups": [{"lr": 0.1}]}})"}));
  SCONCE_ASSERT_OK_AND_ASSIGN(
      auto second, folder.Rewritten(*first, {.format = CheckpointFormat::kCheckpoint,
                                             .values_json = R"({"epoch": 2, "loss": 0.25})"}));
  ExpectSameTensors(*second, net);
  const PickleValue& root = second->torch_file()->root();
  EXPECT_EQ(Entry(root, "epoch").integer, 2);
  EXPECT_EQ(Entry(root, "loss").real, 0.25);
  EXPECT_EQ(Entry(root, "name").text, "x");
  const PickleValue& state = Entry(Entry(root, "optimizer_state_dict"), "state");
  SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor average,
                              second->torch_file()->TensorOf(Entry(Entry(state, "0"), "exp_avg")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes, ElementBytes(average));
  EXPECT_EQ(bytes, Floats({1, 2}));
}

TEST(WriteCheckpoint, ValuesThatAreNoneAreRefused) {
  MadeWeights net = SmallNet();
  for (
      const char* values :
      {"[1]", "{", R"({"loss": NaN})", R"({"loss": 1e999})", R"({"a": 1, "a": 2})",
       R"({"model_state_dict": 1})", R"({"optimizer_state_dict": 3})",
       R"({"optimizer_state_dict": {"state": {}}})",
       R"({"optimizer_state_dict": {"param_groups": [{}, {"params": [0]}]}})",
       R"({"optimizer_state_dict": {"state": {"x": {}}, "param_groups": [{}]}})",
       R"({"optimizer_state_dict": {"state": {"0": {"m": [[1], [2, 3]]}}, "param_groups": [{}]}})"}) {
    EXPECT_THAT(Written(net, {.format = CheckpointFormat::kCheckpoint, .values_json = values}),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("")))
        << values;
  }
}

TEST(WriteCheckpoint, ContradictingOptionsAreRefused) {
  MadeWeights net = SmallNet();
  EXPECT_THAT(Written(net, {.format = CheckpointFormat::kStateDict, .values_json = "{}"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("values")));
  EXPECT_THAT(Written(net, {.format = CheckpointFormat::kStateDict, .shard_bytes = 1}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("shards")));
  EXPECT_THAT(Written(net, {.dtype = FindDtype("int8")}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("int8")));
  EXPECT_THAT(Written(net, {.format = CheckpointFormat::kTorchScript}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("TorchScript")));
}

TEST(WriteSafetensors, OneFileReadsBackInFull) {
  Folder folder;
  MadeWeights net = SmallNet();
  SCONCE_ASSERT_OK_AND_ASSIGN(auto back,
                              folder.Rewritten(net, {.format = CheckpointFormat::kSafetensors}));
  EXPECT_EQ(back->kind(), "safetensors");
  EXPECT_THAT(back->metadata(), ElementsAre(std::pair<std::string, std::string>("format", "pt")));
  ASSERT_EQ(back->tensors().size(), 4u);
  // Wide types first, then by name.
  EXPECT_EQ(back->tensors()[0].name, "norm.num_batches_tracked");
  EXPECT_EQ(back->tensors()[1].name, "body.0.weight");
  EXPECT_EQ(back->tensors()[2].name, "head.weight");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string turned, ElementBytes(back->tensors()[2]));
  EXPECT_EQ(turned, Floats({1, 4, 2, 5, 3, 6}));
}

TEST(WriteSafetensors, ShardsAreNamedByAnIndex) {
  Folder folder;
  MadeWeights net = SmallNet();
  TextOutput out;
  SCONCE_ASSERT_OK(
      WriteCheckpoint(net, {.format = CheckpointFormat::kSafetensors, .shard_bytes = 40}, out));
  ASSERT_EQ(out.files().size(), 3u);
  for (const auto& [name, bytes] : out.files()) folder.Write(name, bytes);
  const auto index = nlohmann::json::parse(out.files().at("model.safetensors.index.json"));
  EXPECT_EQ(index["metadata"]["total_size"], 64);
  EXPECT_EQ(index["weight_map"]["norm.running_mean"], "model-00002-of-00002.safetensors");
  SCONCE_ASSERT_OK_AND_ASSIGN(auto back,
                              WeightsFile::Open(folder.Path("model.safetensors.index.json"), {}));
  EXPECT_EQ(back->tensors().size(), 4u);
}

TEST(WriteSafetensors, WhatFitsOneShardNeedsNoIndex) {
  MadeWeights net = SmallNet();
  const WriteOptions options{.format = CheckpointFormat::kSafetensors, .shard_bytes = 1000};
  EXPECT_TRUE(WritesFolder(options));
  TextOutput out;
  SCONCE_ASSERT_OK(WriteCheckpoint(net, options, out));
  ASSERT_EQ(out.files().size(), 1u);
  EXPECT_EQ(out.files().begin()->first, "model.safetensors");
}

TEST(WriteSafetensors, ATypeWithoutANameIsRefusedByName) {
  MadeWeights net({Tensor("w", {1}, OwnedBytes(std::string(16, '\0')), 0, "complex128")});
  EXPECT_THAT(Written(net, {.format = CheckpointFormat::kSafetensors}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("\"w\""), HasSubstr("complex128"))));
}

TEST(WriteCheckpoint, ConvertsFloatingPointWeightsOnly) {
  Folder folder;
  MadeWeights net = SmallNet();
  SCONCE_ASSERT_OK_AND_ASSIGN(auto back, folder.Rewritten(net, {.dtype = FindDtype("bfloat16")}));
  EXPECT_EQ(back->tensors()[0].dtype->name, "bfloat16");
  EXPECT_EQ(back->tensors()[0].storage, back->tensors()[1].storage);
  EXPECT_EQ(back->tensors()[3].dtype->name, "int64");
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes, ElementBytes(back->tensors()[1]));
  EXPECT_EQ(bytes.substr(0, 4), std::string("\x80\x3f\x80\x40", 4));  // 1, 4
}

}  // namespace
}  // namespace sconce
