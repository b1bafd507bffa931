#include "server/formats/torch/torch_zip_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/attacks/pickle_builder.h"
#include "tests/attacks/zip_builder.h"
#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildTorchScriptZip;
using testing::BuildTorchZip;
using testing::BuildZip;
using testing::Dict;
using testing::EntryOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::OpenTorchBytes;
using testing::Pickle;
using testing::StatusIs;
using testing::Tensor;
using testing::TensorText;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
constexpr auto kPrecondition = absl::StatusCode::kFailedPrecondition;

std::string WithStorages(const std::string& first, const std::string& second) {
  return BuildTorchZip(Pickle(Dict({{"w", Tensor({})}})), {first, second});
}

const std::string kOnes(16, '\1');

TEST(TorchZipFile, ReadsAStorageOnlyWhenItIsAskedTo) {
  std::string bytes = WithStorages(kOnes, "");
  bytes[bytes.find(kOnes)] = '\2';
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenTorchBytes(bytes));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor tensor, file->TensorOf(EntryOf(*file, "w")));
  std::string read(16, '\0');
  EXPECT_THAT(tensor.storage->ReadInto(read.data()),
              StatusIs(kInvalid, HasSubstr("\"a/data/0\": damaged")));
}

TEST(TorchZipFile, DigestFindsDamageInWhatNobodyRefersTo) {
  const std::string nobodys(16, '\7');
  std::string bytes = WithStorages(kOnes, nobodys);
  bytes[bytes.find(nobodys)] = '\2';
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenTorchBytes(bytes));
  EXPECT_THAT(file->Digest(), StatusIs(kInvalid, HasSubstr("\"a/data/1\": damaged")));
}

TEST(TorchZipFile, DigestTellsContentsApart) {
  const std::string digest = OpenTorchBytes(WithStorages(kOnes, "x")).value()->Digest().value();
  EXPECT_EQ(OpenTorchBytes(WithStorages(kOnes, "x")).value()->Digest().value(), digest);
  EXPECT_NE(OpenTorchBytes(WithStorages(kOnes, "y")).value()->Digest().value(), digest);
  EXPECT_NE(OpenTorchBytes(WithStorages(kOnes, "")).value()->Digest().value(), digest);
}

TEST(TorchZipFile, ATorchScriptArchiveIsAskedForByItsName) {
  const std::string script = BuildTorchScriptZip(Pickle(Dict({{"w", Tensor({})}})), {kOnes});
  EXPECT_THAT(OpenTorchBytes(script), StatusIs(kPrecondition, HasSubstr("a TorchScript archive")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file,
                              TorchFile::OpenArchive(ByteSource::OverBytes(script)));
  EXPECT_THAT(file->TensorOf(EntryOf(*file, "w")), IsOk());
  const std::string weights = WithStorages(kOnes, "");
  EXPECT_THAT(TorchFile::OpenArchive(ByteSource::OverBytes(weights)),
              StatusIs(kPrecondition, HasSubstr("has no code")));
}

TEST(TorchZipFile, OtherByteOrdersAndOtherZipFilesAreRefusedByName) {
  EXPECT_THAT(OpenTorchBytes(BuildZip({{"a/data.pkl", Pickle("}")}, {"a/byteorder", "big"}})),
              StatusIs(kPrecondition, HasSubstr("\"big\"-endian")));
  EXPECT_THAT(OpenTorchBytes(BuildZip({{"word/document.xml", "<x/>"}})),
              StatusIs(kPrecondition, HasSubstr("no data.pkl")));
}

TEST(TorchZipFile, AStorageWithoutBytesNeedsNoEntry) {
  TensorText tensor;
  tensor.key = "5";
  tensor.storage_elements = 0;
  tensor.shape = {0};
  tensor.strides = {1};
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto file, OpenTorchBytes(BuildTorchZip(Pickle(Dict({{"w", Tensor(tensor)}})), {})));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor read, file->TensorOf(EntryOf(*file, "w")));
  EXPECT_EQ(read.storage->size(), 0u);
}

TEST(TorchZipFile, WhereATensorWasMakesNoDifference) {
  TensorText tensor;
  tensor.location = "cuda:3";
  SCONCE_ASSERT_OK_AND_ASSIGN(
      const auto file,
      OpenTorchBytes(BuildTorchZip(Pickle(Dict({{"w", Tensor(tensor)}})), {kOnes})));
  EXPECT_THAT(file->TensorOf(EntryOf(*file, "w")), IsOk());
}

}  // namespace
}  // namespace sconce
