// The rules of every container, on files of real PyTorch.

#include "server/formats/torch/torch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "server/formats/io/sha256.h"
#include "server/formats/torch/numpy_array.h"
#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::ElementBytes;
using testing::EntryOf;
using testing::ExpectedTorchFiles;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::OpenTorchBytes;
using testing::OpenTorchFile;
using testing::ReadTorchFile;
using testing::StatusIs;

std::string Sha256Of(std::string_view bytes) {
  auto digest = Sha256::Start();
  EXPECT_THAT(digest->Add(bytes), IsOk());
  return digest->Finish().value();
}

std::vector<std::string> KeysOf(const nlohmann::ordered_json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

std::string TestName(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  for (char& c : name) {
    if (!isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

class ReadableFile : public ::testing::TestWithParam<std::string> {
 protected:
  const nlohmann::ordered_json& expected() const {
    return ExpectedTorchFiles()["files"][GetParam()];
  }
};

TEST_P(ReadableFile, IsReadAsPyTorchReadsIt) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenTorchFile(GetParam()));
  EXPECT_EQ(file->container(), expected()["container"]);
  for (const auto& [name, wanted] : expected()["tensors"].items()) {
    const PickleValue& value = EntryOf(*file, name);
    ASSERT_TRUE(IsStoredTensor(value)) << name;
    SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor tensor, file->TensorOf(value));
    EXPECT_EQ(tensor.dtype->name, wanted["dtype"]) << name;
    EXPECT_EQ(tensor.shape, wanted["shape"].get<std::vector<int64_t>>()) << name;
    if (wanted.contains("strides")) {
      EXPECT_EQ(tensor.strides, wanted["strides"].get<std::vector<int64_t>>()) << name;
    }
    EXPECT_EQ(tensor.requires_grad, wanted["requires_grad"]) << name;
    SCONCE_ASSERT_OK_AND_ASSIGN(const std::string bytes, ElementBytes(tensor));
    EXPECT_EQ(Sha256Of(bytes), wanted["sha256"]) << name;
  }
}

TEST_P(ReadableFile, KeepsSharedStoragesSharedAndOthersApart) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenTorchFile(GetParam()));
  std::map<int, const StorageBytes*> storages;
  std::vector<StoredTensor> kept;  // so that no address is used twice
  for (const auto& [name, wanted] : expected()["tensors"].items()) {
    if (!wanted.contains("shares")) continue;
    kept.push_back(file->TensorOf(EntryOf(*file, name)).value());
    const StorageBytes* storage = kept.back().storage.get();
    const auto [known, added] = storages.emplace(wanted["shares"].get<int>(), storage);
    EXPECT_EQ(known->second, storage) << name;
  }
  std::set<const StorageBytes*> distinct;
  for (const auto& [group, storage] : storages) distinct.insert(storage);
  EXPECT_EQ(distinct.size(), storages.size());
}

TEST_P(ReadableFile, TensorsOutliveIt) {
  SCONCE_ASSERT_OK_AND_ASSIGN(auto file, OpenTorchFile(GetParam()));
  const auto first = expected()["tensors"].begin();
  const StoredTensor tensor = file->TensorOf(EntryOf(*file, first.key())).value();
  file.reset();
  EXPECT_EQ(Sha256Of(ElementBytes(tensor).value()), first.value()["sha256"]);
}

TEST_P(ReadableFile, HasOneDigestHoweverMuchOfItWasRead) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto untouched, OpenTorchFile(GetParam()));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto read, OpenTorchFile(GetParam()));
  for (const auto& [name, wanted] : expected()["tensors"].items()) {
    SCONCE_ASSERT_OK(ElementBytes(read->TensorOf(EntryOf(*read, name)).value()).status());
  }
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string digest, untouched->Digest());
  EXPECT_EQ(read->Digest().value(), digest);
  EXPECT_EQ(digest.size(), 64u);
}

TEST_P(ReadableFile, IsRefusedWhenCutOffAnywhere) {
  const std::string bytes = ReadTorchFile(GetParam());
  for (size_t size = 0; size<bytes.size(); size += bytes.size()> 10'000 ? 7 : 1) {
    EXPECT_FALSE(OpenTorchBytes(bytes.substr(0, size)).ok()) << "cut at " << size;
  }
  EXPECT_FALSE(OpenTorchBytes(bytes + '\0').ok());
}

INSTANTIATE_TEST_SUITE_P(Real, ReadableFile,
                         ::testing::ValuesIn(KeysOf(ExpectedTorchFiles()["files"])), TestName);

class RefusedFile : public ::testing::TestWithParam<std::string> {};

TEST_P(RefusedFile, IsRefusedWithItsKindNamed) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenTorchFile(GetParam()));
  const PickleValue& value = EntryOf(*file, "w");
  EXPECT_TRUE(IsStoredTensor(value));
  EXPECT_THAT(file->TensorOf(value),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr(ExpectedTorchFiles()["refused"][GetParam()])));
}

INSTANTIATE_TEST_SUITE_P(Real, RefusedFile,
                         ::testing::ValuesIn(KeysOf(ExpectedTorchFiles()["refused"])), TestName);

TEST(TorchFile, NumPyScalarsAreNumbers) {
  for (const char* protocol : {"0", "2", "4", "5"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto file,
                                OpenTorchFile(absl::StrFormat("scalars_protocol%s.pkl", protocol)));
    EXPECT_EQ(NumpyScalar(EntryOf(*file, "f")), PlainNumber(0.25));
    EXPECT_EQ(NumpyScalar(EntryOf(*file, "i")), PlainNumber(int64_t{-7}));
    EXPECT_EQ(NumpyScalar(EntryOf(*file, "b")), PlainNumber(true));
    EXPECT_EQ(NumpyScalar(EntryOf(*file, "u")), PlainNumber(int64_t{200}));
    EXPECT_EQ(NumpyScalar(EntryOf(*file, "h")), PlainNumber(1.5));
    EXPECT_FALSE(IsStoredTensor(EntryOf(*file, "f")));
    EXPECT_EQ(NumpyScalar(file->root()), std::nullopt);
  }
}

TEST(TorchFile, SaysWhatAFileIsThatItDoesNotRead) {
  EXPECT_THAT(OpenTorchBytes(""),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("an empty file")));
  EXPECT_THAT(OpenTorchBytes("\x89HDF\r\n\x1a\n and more"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("HDF5")));
  EXPECT_THAT(OpenTorchBytes("import torch\n"),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("a text file")));
}

}  // namespace
}  // namespace sconce
