#include "server/formats/torch/torch_legacy_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/formats/torch_files.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using testing::ElementBytes;
using testing::EntryOf;
using testing::OpenTorchBytes;
using testing::OpenTorchFile;
using testing::ReadTorchFile;

TEST(TorchLegacyFile, AClassWithItsSourceIsTheClass) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenTorchFile("legacy_module.pth"));
  ASSERT_TRUE(file->root().Is(PickleKind::kObject));
  bool names_class = false;
  for (const PickleValue& value : file->document().values()) {
    names_class = names_class || value.IsGlobal("__main__.Cell");
  }
  EXPECT_TRUE(names_class);
  int tensors = 0;
  for (const PickleValue& value : file->document().values()) {
    if (!IsStoredTensor(value)) continue;
    ++tensors;
    EXPECT_EQ(ElementBytes(file->TensorOf(value).value()).value(),
              std::string("\0\0\x80\x3f\0\0\0\x40", 8));
  }
  EXPECT_EQ(tensors, 1);
}

TEST(TorchLegacyFile, AStorageThatIsPartOfAnotherHasItsOwnBytesAlone) {
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto file, OpenTorchFile("legacy_views.pth"));
  const PickleValue& tail = EntryOf(*file, "tail");
  const PickleValue& reference = *tail.items[1]->items[0];
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto bytes, file->FindStorage(reference));
  EXPECT_EQ(bytes->size(), 24u);
  EXPECT_EQ(file->FindStorage(reference).value(), bytes);
  // A tensor in it shares the memory of all the others.
  SCONCE_ASSERT_OK_AND_ASSIGN(const StoredTensor tensor, file->TensorOf(tail));
  EXPECT_EQ(tensor.storage->size(), 40u);
  EXPECT_EQ(tensor.offset, 4u);
}

TEST(TorchLegacyFile, DigestDependsOnEveryByte) {
  const std::string bytes = ReadTorchFile("legacy_views.pth");
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
