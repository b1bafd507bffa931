#include "server/formats/torch/torch_pickle_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/attacks/legacy_builder.h"
#include "tests/attacks/pickle_builder.h"
#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::BuildLegacy;
using testing::Call;
using testing::Dict;
using testing::EntryOf;
using testing::Global;
using testing::NestedStorage;
using testing::Number;
using testing::Numbers;
using testing::OpenTorchBytes;
using testing::OpenTorchFile;
using testing::Pickle;
using testing::ReadTorchFile;
using testing::Storage;

TEST(TorchPickleFile, LargeStoragesAndArraysStayInTheFileUntilTheyAreRead) {
  for (const char* name : {"pickle_large.pkl", "numpy_large.pkl"}) {
    SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenTorchFile(name));
    size_t in_memory = 0;
    for (const PickleValue& value : file->document().values()) in_memory += value.text.size();
    EXPECT_LT(in_memory, 4096u) << name;
    EXPECT_GT(ReadTorchFile(name).size(), 30'000u) << name;
  }
}

// What Python's pickler does with one storage object that several tensors have.
TEST(TorchPickleFile, AStorageThatWasPickledOnceIsShared) {
  const std::string storage = NestedStorage(BuildLegacy(Pickle(Storage({})), {{}}));
  const auto tensor = [](const std::string& over) {
    return Call(Global("torch._utils", "_rebuild_tensor"),
                {over, Number(0), Numbers({2}), Numbers({1})});
  };
  const std::string bytes = Pickle(
      Dict({{"a", tensor(storage + "q\x05")}, {"b", tensor("h\x05")}, {"c", tensor(storage)}}));
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenTorchBytes(bytes));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor a, file->TensorOf(EntryOf(*file, "a")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor b, file->TensorOf(EntryOf(*file, "b")));
  SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor c, file->TensorOf(EntryOf(*file, "c")));
  EXPECT_EQ(a.storage, b.storage);
  EXPECT_NE(a.storage, c.storage);
}

TEST(TorchPickleFile, DigestDependsOnEveryByte) {
  const std::string bytes = ReadTorchFile("pickle_protocol4.pkl");
  const std::string digest = OpenTorchBytes(bytes).value()->Digest().value();
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const auto file = OpenTorchBytes(damaged);
    if (!file.ok()) continue;
    EXPECT_NE((*file)->Digest().value(), digest) << at;
  }
}

}  // namespace
}  // namespace sconce
