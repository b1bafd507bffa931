#include "tests/formats/torch_files.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "server/base/status_macros.h"

namespace sconce::testing {

const nlohmann::ordered_json& ExpectedTorchFiles() {
  static const auto* expected = new nlohmann::ordered_json(
      nlohmann::ordered_json::parse(std::ifstream(SCONCE_TEST_DATA "/torch_files/expected.json")));
  return *expected;
}

std::string ReadTorchFile(const std::string& name) {
  std::ifstream file(SCONCE_TEST_DATA "/torch_files/" + name, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

absl::StatusOr<std::shared_ptr<TorchFile>> OpenTorchFile(const std::string& name) {
  SCONCE_ASSIGN_OR_RETURN(auto source,
                          ByteSource::OpenFile(SCONCE_TEST_DATA "/torch_files/" + name));
  return TorchFile::Open(std::move(source));
}

absl::StatusOr<std::shared_ptr<TorchFile>> OpenTorchBytes(const std::string& bytes) {
  return TorchFile::Open(ByteSource::Owning(bytes));
}

const PickleValue& EntryOf(const TorchFile& file, const std::string& key) {
  const auto* entries = DictEntries(file.root());
  for (size_t i = 0; entries != nullptr && i < entries->size(); i += 2) {
    if ((*entries)[i]->text == key) return *(*entries)[i + 1];
  }
  ADD_FAILURE() << "no entry " << key;
  return file.root();
}

absl::StatusOr<std::string> ElementBytes(const StoredTensor& tensor) {
  std::string storage(tensor.storage->size(), '\0');
  SCONCE_RETURN_IF_ERROR(tensor.storage->ReadInto(storage.data()));
  const uint64_t size = tensor.dtype->size;
  std::string bytes;
  std::vector<int64_t> at(tensor.shape.size(), 0);
  for (uint64_t left = tensor.elements(); left > 0; --left) {
    uint64_t element = tensor.offset;
    for (size_t i = 0; i < at.size(); ++i) {
      element += static_cast<uint64_t>(at[i] * tensor.strides[i]);
    }
    bytes += storage.substr(element * size, size);
    for (size_t i = at.size(); i-- > 0;) {
      if (++at[i] < tensor.shape[i]) break;
      at[i] = 0;
    }
  }
  return bytes;
}

}  // namespace sconce::testing
