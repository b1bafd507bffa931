#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "server/formats/weights/weights_file.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/weights_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/temporary_folder.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IndexOf;
using testing::SafetensorsOf;
using testing::StatusIs;
using testing::TemporaryFolder;

class ShardedWeights : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.Write("1.safetensors", SafetensorsOf({{"module.a", {1, 2}}, {"module.b", {3}}}));
    folder_.Write("2.safetensors", SafetensorsOf({{"module.c", {4}}}));
    Index({{"module.a", "1.safetensors"},
           {"module.b", "1.safetensors"},
           {"module.c", "2.safetensors"}});
  }

  void Index(const testing::NamedTexts& tensors) {
    folder_.Write("m.safetensors.index.json", IndexOf(tensors));
  }

  absl::StatusOr<std::unique_ptr<WeightsFile>> Open(const WeightsOptions& options = {}) {
    return WeightsFile::Open(folder_.Path("m.safetensors.index.json"), options);
  }

  std::string Digest() { return (*Open())->Digest().value(); }

  const TemporaryFolder folder_;
};

TEST_F(ShardedWeights, AreOneSetOfWeights) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, Open());
  std::vector<std::string> names;
  for (const StoredTensor& tensor : weights->tensors()) names.push_back(tensor.name);
  EXPECT_THAT(names, ElementsAre("a", "b", "c"));
  EXPECT_EQ(weights->stripped_prefix(), "module.");
  EXPECT_EQ(weights->kind(), "sharded safetensors");
}

TEST_F(ShardedWeights, AFolderWithAnIndexIsThem) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, WeightsFile::Open(folder_.Path(""), {}));
  EXPECT_EQ(weights->tensors().size(), 3u);
}

TEST_F(ShardedWeights, PickledShardsAreReadToo) {
  const std::string pickle = testing::Pickle(testing::DictOf({{"w", testing::Tensor({})}}));
  folder_.Write("1.bin", testing::BuildTorchZip(pickle, {std::string(16, 'x')}));
  Index({{"w", "1.bin"}});
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto weights, Open());
  EXPECT_EQ(weights->kind(), "sharded state_dict");
}

TEST_F(ShardedWeights, EveryMissingShardIsNamedAtOnce) {
  fs::remove(folder_.Path("1.safetensors"));
  fs::remove(folder_.Path("2.safetensors"));
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kNotFound,
                               HasSubstr("2 of 2 shards are not beside the index: 1.safetensors, "
                                         "2.safetensors")));
}

TEST_F(ShardedWeights, ATensorThatTheIndexDoesNotNameIsRefused) {
  Index({{"module.a", "1.safetensors"}, {"module.c", "2.safetensors"}});
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInvalidArgument,
                               AllOf(HasSubstr("1.safetensors"), HasSubstr("module.b"))));
}

TEST_F(ShardedWeights, ATensorThatItsShardLacksIsRefused) {
  Index({{"module.a", "1.safetensors"},
         {"module.b", "2.safetensors"},
         {"module.c", "2.safetensors"}});
  EXPECT_FALSE(Open().ok());
  folder_.Write("2.safetensors", SafetensorsOf({{"x", {1}}}));
  Index({{"module.a", "1.safetensors"},
         {"module.b", "1.safetensors"},
         {"x", "2.safetensors"},
         {"y", "2.safetensors"}});
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("lacks")));
}

TEST_F(ShardedWeights, ADamagedShardIsNamed) {
  folder_.Write("2.safetensors", "nothing of the kind");
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("2.safetensors")));
}

TEST_F(ShardedWeights, ACheckpointIsNoShard) {
  const std::string pickle =
      testing::Pickle(testing::DictOf({{"model", testing::DictOf({{"w", testing::Tensor({})}})}}));
  folder_.Write("1.bin", testing::BuildTorchZip(pickle, {std::string(16, 'x')}));
  Index({{"w", "1.bin"}});
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("checkpoint")));
}

TEST_F(ShardedWeights, TheyHaveNoKeys) {
  WeightsOptions options;
  options.weights_key = "model";
  EXPECT_THAT(Open(options), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("model")));
}

TEST_F(ShardedWeights, AnIndexIsNoShardByWhateverName) {
  Index({{"a", "m.safetensors.index.json"}});
  EXPECT_FALSE(Open().ok());
  fs::create_symlink("m.safetensors.index.json", folder_.Path("link.safetensors"));
  Index({{"a", "link.safetensors"}});
  EXPECT_FALSE(Open().ok());
  // A folder that is itself.
  fs::create_directory_symlink(".", folder_.Path("again"));
  Index({{"a", "again"}});
  EXPECT_FALSE(Open().ok());
}

TEST_F(ShardedWeights, ALinkOutOfTheFolderIsNotFollowed) {
  const TemporaryFolder elsewhere;
  const std::string secret = elsewhere.Write("2.safetensors", SafetensorsOf({{"module.c", {4}}}));
  fs::remove(folder_.Path("2.safetensors"));
  fs::create_symlink(secret, folder_.Path("2.safetensors"));
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("2.safetensors")));
}

TEST_F(ShardedWeights, TheDigestIsOfEveryShard) {
  const std::string before = Digest();
  EXPECT_EQ(Digest(), before);
  folder_.Write("2.safetensors", SafetensorsOf({{"module.c", {5}}}));
  EXPECT_NE(Digest(), before);
}

}  // namespace
}  // namespace sconce
