// Real archives, damaged in every possible place.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "server/base/status_macros.h"
#include "server/formats/io/byte_source.h"
#include "server/formats/torch/archive_check.h"
#include "server/formats/torch/torch_file.h"
#include "server/formats/zip/zip_directory.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What a reader made of the bytes, in a form that can be compared.
using Reader = absl::StatusOr<std::string> (*)(const std::string&);

struct Archive {
  const char* path;
  Reader read;
};

// Every tensor, then whatever nobody read.
absl::StatusOr<std::string> ReadWeights(const std::string& bytes) {
  SCONCE_ASSIGN_OR_RETURN(const auto file, TorchFile::Open(ByteSource::OverBytes(bytes)));
  const auto* entries = DictEntries(file->root());
  if (entries == nullptr) return absl::InvalidArgumentError("no dict");
  std::string content;
  for (size_t i = 0; i < entries->size(); i += 2) {
    content += (*entries)[i]->text;
    SCONCE_ASSIGN_OR_RETURN(const StoredTensor tensor, file->TensorOf(*(*entries)[i + 1]));
    for (const int64_t size : tensor.shape) content += std::to_string(size) + ",";
    SCONCE_RETURN_IF_ERROR(tensor.storage->Stream([&](std::string_view piece) {
      content += piece;
      return absl::OkStatus();
    }));
  }
  SCONCE_RETURN_IF_ERROR(file->Digest().status());
  return content;
}

absl::StatusOr<std::string> CheckScript(const std::string& bytes) {
  SCONCE_ASSIGN_OR_RETURN(const auto files, CheckTorchScriptArchive(bytes));
  std::string content;
  for (const CodeFile& file : files) content += file.name + file.text;
  return content;
}

// Deflated entries (only TorchScript's code is) have several encodings of one content: padding
// bits, unused codes. A flip from one to another leaves the content, and so its checksum, alone.
bool IsStoredData(const std::vector<ZipRecord>& records, uint64_t at) {
  return std::any_of(records.begin(), records.end(), [at](const ZipRecord& record) {
    return record.method == 0 && at >= record.data_offset &&
           at < record.data_offset + record.compressed_size;
  });
}

class Damage : public ::testing::TestWithParam<Archive> {
 protected:
  void SetUp() override {
    bytes_ = ReadAll(std::string(SCONCE_FUZZ_CORPUS "/") + GetParam().path);
    ASSERT_THAT(GetParam().read(bytes_), testing::IsOk());
  }

  std::string bytes_;
};

TEST_P(Damage, EveryTruncationIsRefused) {
  for (size_t size = 0; size < bytes_.size(); ++size) {
    EXPECT_FALSE(GetParam().read(bytes_.substr(0, size)).ok()) << "cut at " << size;
  }
}

TEST_P(Damage, AFlippedBitIsRefusedOrChangesNothingAndInStoredDataIsRefused) {
  const auto source = ByteSource::OverBytes(bytes_);
  SCONCE_ASSERT_OK_AND_ASSIGN(const auto records, ReadZipDirectory(*source, {}));
  const std::string content = *GetParam().read(bytes_);
  size_t in_stored = 0;
  for (size_t at = 0; at < bytes_.size(); ++at) {
    const bool stored = IsStoredData(records, at);
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes_;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const auto result = GetParam().read(damaged);
      if (stored) {
        ++in_stored;
        EXPECT_FALSE(result.ok()) << "bit " << bit << " of byte " << at;
      } else if (result.ok()) {
        EXPECT_EQ(*result, content) << "bit " << bit << " of byte " << at;
      } else {
        EXPECT_NE(result.status().code(), absl::StatusCode::kInternal) << result.status();
      }
    }
  }
  EXPECT_GT(in_stored, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Real, Damage,
                         ::testing::Values(Archive{"zip/weights.pth", &ReadWeights},
                                           Archive{"zip/scripted.pt", &CheckScript}),
                         [](const auto& info) { return info.index == 0 ? "Weights" : "Script"; });

}  // namespace
}  // namespace sconce
