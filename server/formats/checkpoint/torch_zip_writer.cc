#include "server/formats/checkpoint/torch_zip_writer.h"

#include <cstdint>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/zip/zip_writer.h"

namespace sconce {
namespace {

// Where torch.save does not know the name of the file either, it calls the folder so.
constexpr std::string_view kRoot = "archive/";
constexpr size_t kIdDigits = 20;

using Entries = std::vector<std::pair<std::string, std::shared_ptr<const StorageBytes>>>;

// FNV-1a.
uint64_t Mix(uint64_t hash, std::string_view bytes) {
  for (const char byte : bytes) hash = (hash ^ static_cast<uint8_t>(byte)) * 0x100000001b3;
  return hash;
}

// As PyTorch has it: 20 digits that the names make, 20 that the checksums make.
std::string SerializationId(const Entries& entries, const std::vector<uint32_t>& checksums) {
  uint64_t names = 0xcbf29ce484222325;
  for (const auto& [name, bytes] : entries) names = Mix(Mix(names, name), "\n");
  uint64_t contents = 0xcbf29ce484222325;
  for (const uint32_t checksum : checksums) {
    contents = Mix(contents, absl::StrFormat("%08x", checksum));
  }
  return absl::StrFormat("%020d%020d", names, contents);
}

std::string InRoot(std::string_view name) { return std::string(kRoot).append(name); }

Entries EntriesOf(std::string pickle,
                  const std::vector<std::shared_ptr<const StorageBytes>>& storages) {
  Entries entries = {
      {InRoot("data.pkl"), OwnedBytes(std::move(pickle))},
      {InRoot(".format_version"), OwnedBytes("1")},
      {InRoot(".storage_alignment"), OwnedBytes(absl::StrFormat("%d", ZipWriter::kAlignment))},
      {InRoot("byteorder"), OwnedBytes("little")}};
  for (size_t i = 0; i < storages.size(); ++i) {
    entries.emplace_back(InRoot(absl::StrFormat("data/%d", i)), storages[i]);
  }
  entries.emplace_back(InRoot("version"), OwnedBytes("3\n"));
  return entries;
}

}  // namespace

absl::Status WriteTorchZip(std::string pickle,
                           const std::vector<std::shared_ptr<const StorageBytes>>& storages,
                           OutputFiles& out) {
  const Entries entries = EntriesOf(std::move(pickle), storages);
  const std::string id_name = InRoot(".data/serialization_id");
  std::vector<ZipEntry> sizes;
  for (const auto& [name, bytes] : entries) sizes.push_back({name, bytes->size()});
  sizes.push_back({id_name, 2 * kIdDigits});
  SCONCE_RETURN_IF_ERROR(out.Begin("", WrittenZipSize(sizes)));
  ZipWriter zip(out);
  for (const auto& [name, bytes] : entries) SCONCE_RETURN_IF_ERROR(zip.Add(name, *bytes));
  SCONCE_RETURN_IF_ERROR(zip.Add(id_name, *OwnedBytes(SerializationId(entries, zip.Checksums()))));
  SCONCE_RETURN_IF_ERROR(zip.Finish());
  return out.Finish();
}

}  // namespace sconce
