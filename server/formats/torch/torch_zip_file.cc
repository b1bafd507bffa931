#include "server/formats/torch/torch_zip_file.h"

#include "absl/strings/str_format.h"
#include "server/base/status_macros.h"
#include "server/formats/io/sha256.h"
#include "server/formats/torch/tensor_record.h"
#include "server/formats/torch/torch_zip.h"

namespace sconce {
namespace {

// Deflated entries may be larger than the file; not without end.
ZipArchive::Limits LimitsFor(const ByteSource& source) {
  ZipArchive::Limits limits;
  limits.max_total_bytes = source.size() * 4 + (uint64_t{256} << 20);
  return limits;
}

absl::Status CheckKind(const ZipArchive& archive, bool torch_script) {
  if (LooksLikeTorchScript(archive) == torch_script) {
    if (archive.Find(InRoot(archive, "data.pkl")) != nullptr) return absl::OkStatus();
    return absl::FailedPreconditionError(
        "a zip file, but not of torch.save: it has no data.pkl in a folder that holds everything");
  }
  return absl::FailedPreconditionError(
      torch_script ? "a file of torch.save, not a TorchScript archive: it has no code"
                   : "a TorchScript archive, not a state_dict: it is a whole model");
}

}  // namespace

absl::StatusOr<std::shared_ptr<TorchFile>> TorchZipFile::Open(
    std::shared_ptr<const ByteSource> source, bool torch_script) {
  const ZipArchive::Limits limits = LimitsFor(*source);
  SCONCE_ASSIGN_OR_RETURN(auto archive, ZipArchive::Open(std::move(source), limits));
  SCONCE_RETURN_IF_ERROR(CheckKind(*archive, torch_script));
  SCONCE_RETURN_IF_ERROR(CheckByteOrder(*archive));
  SCONCE_ASSIGN_OR_RETURN(PickleDocument document, ReadPickleEntry(*archive, "data.pkl"));
  return std::shared_ptr<TorchFile>(new TorchZipFile(std::move(archive), std::move(document)));
}

absl::StatusOr<TorchFile::Place> TorchZipFile::FindPersistent(const PickleValue& reference) {
  Place place;
  SCONCE_ASSIGN_OR_RETURN(const StorageRecord record, ReadStorageRecord(reference, &place.dtype));
  if (record.view) {
    return absl::InvalidArgumentError(
        "tensor: its storage is part of another one, which zip files of torch.save do not have");
  }
  SCONCE_ASSIGN_OR_RETURN(const ZipEntry* entry, sconce::FindStorage(*archive_, "data", record));
  place.size = record.bytes;
  std::shared_ptr<const StorageBytes>& bytes = storages_[record.key];
  if (bytes == nullptr && entry == nullptr) bytes = OwnedBytes("");
  if (bytes == nullptr) {
    SCONCE_ASSIGN_OR_RETURN(bytes, archive_->Bytes(entry->name));
  }
  place.bytes = bytes;
  return place;
}

absl::StatusOr<std::string> TorchZipFile::Digest() {
  SCONCE_RETURN_IF_ERROR(archive_->VerifyRest());
  SCONCE_ASSIGN_OR_RETURN(Sha256 digest, Sha256::Start());
  for (const ZipEntry& entry : archive_->entries()) {
    SCONCE_RETURN_IF_ERROR(digest.Add(absl::StrFormat("%d:%s %d %08x\n", entry.name.size(),
                                                      entry.name, entry.size, entry.crc32)));
  }
  return digest.Finish();
}

}  // namespace sconce
