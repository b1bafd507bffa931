#include "server/formats/torch/torch_zip.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"

namespace sconce {

std::string InRoot(const ZipArchive& archive, std::string_view name) {
  return archive.root().empty() ? std::string(name)
                                : absl::StrFormat("%s/%s", archive.root(), name);
}

bool LooksLikeTorchScript(const ZipArchive& archive) {
  if (archive.Find(InRoot(archive, "constants.pkl")) != nullptr) return true;
  const std::string code = InRoot(archive, "code/");
  for (const ZipEntry& entry : archive.entries()) {
    if (absl::StartsWith(entry.name, code)) return true;
  }
  return false;
}

absl::StatusOr<PickleDocument> ReadPickleEntry(ZipArchive& archive, std::string_view name,
                                               const PickleLimits& limits) {
  const std::string full = InRoot(archive, name);
  SCONCE_ASSIGN_OR_RETURN(std::string bytes, archive.Read(full, kMaxPickleBytes));
  const size_t size = bytes.size();
  auto document = ReadPickle(std::move(bytes), limits);
  if (!document.ok()) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s: %s", full, std::string(document.status().message())));
  }
  if (document->consumed() != size) {
    return absl::InvalidArgumentError(absl::StrFormat("%s: goes on for %d bytes after its end",
                                                      full, size - document->consumed()));
  }
  return document;
}

absl::Status CheckByteOrder(ZipArchive& archive) {
  const std::string name = InRoot(archive, "byteorder");
  if (archive.Find(name) == nullptr) return absl::OkStatus();
  SCONCE_ASSIGN_OR_RETURN(const std::string order, archive.Read(name, 64));
  if (order == "little") return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrFormat(
      "%s: written on a \"%s\"-endian machine; only little-endian files are read. Load and save it "
      "again on this kind of machine",
      name, absl::CHexEscape(order)));
}

absl::StatusOr<const ZipEntry*> FindStorage(const ZipArchive& archive, std::string_view folder,
                                            const StorageRecord& storage) {
  const std::string name = InRoot(archive, absl::StrFormat("%s/%s", folder, storage.key));
  const ZipEntry* entry = archive.Find(name);
  const uint64_t size = entry == nullptr ? 0 : entry->size;
  if (size >= storage.bytes) return entry;
  return absl::InvalidArgumentError(
      absl::StrFormat("tensor: its storage \"%s\" should have %d bytes, the file holds %d",
                      absl::CHexEscape(name), storage.bytes, size));
}

}  // namespace sconce
