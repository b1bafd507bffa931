// Zip files written by hand, field by field, so that a test can lie in any of them.

#ifndef SCONCE_TESTS_ATTACKS_ZIP_BUILDER_H_
#define SCONCE_TESTS_ATTACKS_ZIP_BUILDER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sconce::testing {

// What is not set is told truthfully.
struct ZipPiece {
  std::string name = {};
  std::string data = {};
  uint16_t flags = 0;
  uint16_t method = 0;
  std::optional<std::string> local_name = {};
  std::optional<uint16_t> local_flags = {};
  std::optional<uint16_t> local_method = {};
  std::optional<uint32_t> crc = {};
  std::optional<uint32_t> local_crc = {};
  std::optional<uint64_t> size = {};
  std::optional<uint64_t> compressed_size = {};
  std::optional<uint64_t> header_offset = {};
  std::string local_extra = {};
  bool zip64 = false;  // sizes and offset in a ZIP64 field
};

struct ZipShape {
  std::string before = {};   // in front of the first entry
  std::string between = {};  // between directory and end record
  std::string comment = {};
  std::string after = {};  // behind the end record
  std::optional<uint16_t> entries = {};
  std::optional<uint32_t> directory_size = {};
  std::optional<uint32_t> directory_offset = {};
  bool zip64_end = false;
  std::optional<uint64_t> zip64_entries = {};
  std::optional<uint64_t> zip64_directory_offset = {};
};

std::string BuildZip(const std::vector<ZipPiece>& pieces, const ZipShape& shape = {});

// The layout of torch.save: "a/data.pkl", "a/data/N", "a/byteorder", "a/version".
std::string BuildTorchZip(std::string_view pickle, const std::vector<std::string>& storages);
// The layout of TorchScript around a data.pkl, with one code file.
std::string BuildTorchScriptZip(std::string_view pickle, const std::vector<std::string>& storages);

uint32_t Crc32(std::string_view bytes);

}  // namespace sconce::testing

#endif  // SCONCE_TESTS_ATTACKS_ZIP_BUILDER_H_
