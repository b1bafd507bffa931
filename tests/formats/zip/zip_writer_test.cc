#include "server/formats/zip/zip_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "server/formats/io/crc32.h"
#include "tests/formats/temporary_folder.h"
#include "tests/formats/text_output.h"
#include "tests/testing/status_matchers.h"

namespace sconce {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::TextOutput;

std::string ZipOf(const std::vector<std::pair<std::string, std::string>>& entries) {
  TextOutput out;
  ZipWriter writer(out);
  for (const auto& [name, bytes] : entries) SCONCE_EXPECT_OK(writer.Add(name, *OwnedBytes(bytes)));
  SCONCE_EXPECT_OK(writer.Finish());
  return out.text();
}

TEST(ZipWriter, WhatItWritesReadsBackStrictly) {
  const std::string zip = ZipOf({{"archive/data.pkl", "pickle"},
                                 {"archive/data/0", std::string(1000, 'x')},
                                 {"archive/data/1", ""},
                                 {"archive/version", "3\n"}});
  SCONCE_ASSERT_OK_AND_ASSIGN(auto archive, ZipArchive::OpenBytes(zip, ZipArchive::Limits()));
  EXPECT_EQ(archive->root(), "archive");
  ASSERT_EQ(archive->entries().size(), 4u);
  SCONCE_EXPECT_OK(archive->VerifyAll());
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string back, archive->Read("archive/data/0", 2000));
  EXPECT_EQ(back, std::string(1000, 'x'));
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string empty, archive->Read("archive/data/1", 0));
  EXPECT_EQ(empty, "");
}

TEST(ZipWriter, EveryEntryIsAligned) {
  const std::string zip = ZipOf({{"a", "first"}, {"a/longer/name", "second"}, {"b", "third"}});
  for (const char* data : {"first", "second", "third"}) {
    EXPECT_EQ(zip.find(data) % ZipWriter::kAlignment, 0u) << data;
  }
}

TEST(ZipWriter, TheSizeIsKnownBefore) {
  std::vector<ZipEntry> entries;
  std::vector<std::pair<std::string, std::string>> contents;
  EXPECT_EQ(WrittenZipSize(entries), ZipOf(contents).size());
  for (uint64_t i = 0; i < 200; ++i) {
    entries.push_back({"archive/data/" + std::to_string(i), i * i});
    contents.emplace_back(entries.back().name, std::string(i * i, 'x'));
    EXPECT_EQ(WrittenZipSize(entries), ZipOf(contents).size()) << i;
  }
}

TEST(ZipWriter, ChecksumsAreThoseOfTheEntries) {
  TextOutput out;
  ZipWriter writer(out);
  SCONCE_ASSERT_OK(writer.Add("a", *OwnedBytes("abc")));
  EXPECT_THAT(writer.Checksums(), ElementsAre(ExtendCrc32(0, "abc")));
}

// 70 000 entries do not fit the plain directory's counter.
TEST(ZipWriter, ManyEntriesTakeZip64) {
  std::vector<std::pair<std::string, std::string>> contents;
  for (int i = 0; i < 70'000; ++i) contents.emplace_back("d/" + std::to_string(i), "");
  const std::string zip = ZipOf(contents);
  SCONCE_ASSERT_OK_AND_ASSIGN(auto archive, ZipArchive::OpenBytes(zip, ZipArchive::Limits()));
  EXPECT_EQ(archive->entries().size(), 70'000u);
}

// Zeros that take no room.
class Zeros final : public StorageBytes {
 public:
  explicit Zeros(uint64_t size) : size_(size) {}
  uint64_t size() const override { return size_; }
  absl::Status ReadInto(void*) const override { return absl::UnimplementedError("too large"); }
  absl::Status Stream(const Receive& receive) const override {
    const std::string piece(kPiece, '\0');
    for (uint64_t left = size_; left > 0;) {
      const auto step = static_cast<size_t>(std::min<uint64_t>(left, piece.size()));
      if (auto status = receive({piece.data(), step}); !status.ok()) return status;
      left -= step;
    }
    return absl::OkStatus();
  }
  absl::StatusOr<uint32_t> Crc32() const override { return absl::UnimplementedError("unknown"); }

 private:
  const uint64_t size_;
};

// A file with holes where zeros are.
class SparseFile final : public ByteSink {
 public:
  explicit SparseFile(const std::string& path) : file_(path, std::ios::binary) {}
  absl::Status Write(std::string_view bytes) override {
    if (bytes.find_first_not_of('\0') == std::string_view::npos) {
      file_.seekp(static_cast<std::streamoff>(bytes.size()), std::ios::cur);
    } else {
      file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    size_ += bytes.size();
    return absl::OkStatus();
  }
  uint64_t size() const { return size_; }

 private:
  std::ofstream file_;
  uint64_t size_ = 0;
};

TEST(ZipWriter, LargeEntriesAndOffsetsTakeZip64) {
  const TemporaryFolder folder;
  const std::vector<ZipEntry> entries = {{"d/0", (uint64_t{1} << 32) + 5}, {"d/1", 3}};
  {
    SparseFile file(folder.Path("large"));
    ZipWriter writer(file);
    SCONCE_ASSERT_OK(writer.Add("d/0", Zeros(entries[0].size)));
    SCONCE_ASSERT_OK(writer.Add("d/1", *OwnedBytes("abc")));
    SCONCE_ASSERT_OK(writer.Finish());
    EXPECT_EQ(file.size(), WrittenZipSize(entries));
  }
  SCONCE_ASSERT_OK_AND_ASSIGN(auto archive,
                              ZipArchive::OpenFile(folder.Path("large"), ZipArchive::Limits()));
  ASSERT_EQ(archive->entries().size(), 2u);
  EXPECT_EQ(archive->entries()[0].size, entries[0].size);
  SCONCE_ASSERT_OK_AND_ASSIGN(const std::string last, archive->Read("d/1", 3));
  EXPECT_EQ(last, "abc");
}

TEST(ZipWriter, AStorageThatGivesTooLittleIsAnError) {
  class Short final : public StorageBytes {
    uint64_t size() const override { return 4; }
    absl::Status ReadInto(void*) const override { return absl::OkStatus(); }
    absl::Status Stream(const Receive& receive) const override { return receive("abc"); }
    absl::StatusOr<uint32_t> Crc32() const override { return 0; }
  };
  TextOutput out;
  EXPECT_THAT(ZipWriter(out).Add("a", Short()),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("4 bytes were announced, 3 came")));
}

}  // namespace
}  // namespace sconce
