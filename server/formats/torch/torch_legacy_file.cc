#include "server/formats/torch/torch_legacy_file.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "server/base/byte_reader.h"
#include "server/base/status_macros.h"
#include "server/formats/io/sha256.h"
#include "server/formats/torch/pickle_fetch.h"
#include "server/formats/torch/tensor_record.h"
#include "server/formats/torch/torch_zip.h"

namespace sconce {
namespace {

// 0x1950a86a20f9469cfc6c
constexpr std::string_view kMagic("\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 10);
constexpr int64_t kProtocolVersion = 1001;

absl::Status Malformed(std::string_view what) {
  return absl::InvalidArgumentError(absl::StrFormat("legacy torch stream: %s", what));
}

// The pickles in front of the storages, one after the other.
class PickleSequence {
 public:
  explicit PickleSequence(const ByteSource& source) : source_(source) {}

  absl::StatusOr<PickleDocument> Next(std::string_view what, uint64_t max_bytes) {
    auto pickle = FetchPickle(source_, position_, {max_bytes});
    if (!pickle.ok()) return Named(pickle.status(), what);
    position_ = pickle->end;
    auto document = ReadPickle(std::move(pickle->bytes));
    if (!document.ok()) return Named(document.status(), what);
    return document;
  }

  uint64_t position() const { return position_; }

 private:
  static absl::Status Named(const absl::Status& status, std::string_view what) {
    return absl::Status(status.code(), absl::StrFormat("legacy torch stream, %s: %s", what,
                                                       std::string(status.message())));
  }

  const ByteSource& source_;
  uint64_t position_ = 0;
};

absl::Status CheckSystem(const PickleValue& information) {
  const auto* entries = DictEntries(information);
  if (entries == nullptr) return Malformed("has no system information");
  for (size_t i = 0; i < entries->size(); i += 2) {
    const PickleValue& value = *(*entries)[i + 1];
    const bool order = (*entries)[i]->Is(PickleKind::kString) &&
                       (*entries)[i]->text == "little_endian" && value.Is(PickleKind::kBool);
    if (order && value.integer == 0) {
      return absl::FailedPreconditionError(
          "legacy torch stream: written on a big-endian machine; only little-endian files are "
          "read. Load and save it again on this kind of machine");
    }
  }
  return absl::OkStatus();
}

absl::Status ReadPreamble(PickleSequence& pickles) {
  constexpr uint64_t kSmall = 1 << 16;
  SCONCE_ASSIGN_OR_RETURN(const auto magic, pickles.Next("magic number", kSmall));
  if (!magic.root().Is(PickleKind::kBigInt) || magic.root().text != kMagic) {
    return Malformed("does not begin with its magic number");
  }
  SCONCE_ASSIGN_OR_RETURN(const auto version, pickles.Next("protocol version", kSmall));
  if (!version.root().Is(PickleKind::kInt) || version.root().integer != kProtocolVersion) {
    return absl::FailedPreconditionError(
        absl::StrFormat("legacy torch stream: its protocol version is %s; %d is read",
                        DescribePickleValue(version.root()), kProtocolVersion));
  }
  SCONCE_ASSIGN_OR_RETURN(const auto system, pickles.Next("system information", kSmall));
  return CheckSystem(system.root());
}

}  // namespace

absl::StatusOr<std::shared_ptr<TorchFile>> TorchLegacyFile::Open(
    std::shared_ptr<const ByteSource> source) {
  PickleSequence pickles(*source);
  SCONCE_RETURN_IF_ERROR(ReadPreamble(pickles));
  SCONCE_ASSIGN_OR_RETURN(PickleDocument document, pickles.Next("object", kMaxPickleBytes));
  SCONCE_ASSIGN_OR_RETURN(const PickleDocument keys,
                          pickles.Next("list of storages", kMaxPickleBytes));
  std::shared_ptr<TorchLegacyFile> file(
      new TorchLegacyFile(std::move(source), std::move(document)));
  SCONCE_RETURN_IF_ERROR(file->CollectStorages());
  SCONCE_RETURN_IF_ERROR(file->LocateStorages(keys.root(), pickles.position()));
  return std::shared_ptr<TorchFile>(std::move(file));
}

absl::Status TorchLegacyFile::CollectStorages() {
  for (const PickleValue& value : document().values()) {
    if (!value.Is(PickleKind::kPersistentId)) continue;
    const TorchDtype* dtype = nullptr;
    SCONCE_ASSIGN_OR_RETURN(const StorageRecord record, ReadStorageRecord(value, &dtype));
    const auto [known, added] =
        storages_.try_emplace(record.key, Storage{dtype->size, record.bytes});
    if (!added && known->second.size != record.bytes) {
      return Malformed(absl::StrFormat("names storage \"%s\" with %d bytes and with %d",
                                       absl::CHexEscape(record.key), known->second.size,
                                       record.bytes));
    }
  }
  return absl::OkStatus();
}

absl::Status TorchLegacyFile::LocateStorages(const PickleValue& keys, uint64_t position) {
  pickles_end_ = position;
  if (!keys.Is(PickleKind::kList)) {
    return Malformed(absl::StrFormat("its storages are listed by %s", DescribePickleValue(keys)));
  }
  for (const PickleValue* key : keys.items) {
    if (!key->Is(PickleKind::kString)) return Malformed("lists a storage without a name");
    SCONCE_ASSIGN_OR_RETURN(position, LocateStorage(std::string(key->text), position));
  }
  if (keys_.size() != storages_.size()) {
    return Malformed(
        absl::StrFormat("names %d storages and holds %d of them", storages_.size(), keys_.size()));
  }
  if (position != source_->size()) {
    return Malformed(
        absl::StrFormat("goes on for %d bytes after its last storage", source_->size() - position));
  }
  return absl::OkStatus();
}

// An element count, then the elements. Gives the position behind them.
absl::StatusOr<uint64_t> TorchLegacyFile::LocateStorage(const std::string& key, uint64_t position) {
  const auto found = storages_.find(key);
  if (found == storages_.end() || found->second.bytes != nullptr) {
    return Malformed(
        absl::StrFormat("lists storage \"%s\" %s", absl::CHexEscape(key),
                        found == storages_.end() ? "that nothing refers to" : "twice"));
  }
  Storage& storage = found->second;
  if (source_->size() - position < sizeof(uint64_t)) {
    return Malformed(absl::StrFormat("ends before storage \"%s\"", absl::CHexEscape(key)));
  }
  SCONCE_ASSIGN_OR_RETURN(const std::string head, source_->ReadString(position, sizeof(uint64_t)));
  const uint64_t count = *ByteReader(head).ReadU64();
  if (count != storage.size / storage.element_size) {
    return Malformed(absl::StrFormat("storage \"%s\" has %d elements, the object's pickle says %d",
                                     absl::CHexEscape(key), count,
                                     storage.size / storage.element_size));
  }
  storage.position = position + sizeof(uint64_t);
  if (storage.size > source_->size() - storage.position) {
    return Malformed(absl::StrFormat("storage \"%s\" has %d bytes, %d are left in the file",
                                     absl::CHexEscape(key), storage.size,
                                     source_->size() - storage.position));
  }
  storage.bytes = BytesAt(source_, storage.position, storage.size);
  keys_.push_back(key);
  return storage.position + storage.size;
}

absl::StatusOr<TorchFile::Place> TorchLegacyFile::FindPersistent(const PickleValue& reference) {
  Place place;
  SCONCE_ASSIGN_OR_RETURN(const StorageRecord record, ReadStorageRecord(reference, &place.dtype));
  const auto found = storages_.find(record.key);
  if (found == storages_.end()) {
    return Malformed(absl::StrFormat("has no storage \"%s\"", absl::CHexEscape(record.key)));
  }
  const Storage& storage = found->second;
  if (!record.view) {
    place.bytes = storage.bytes;
    place.size = storage.size;
    return place;
  }
  place.size = record.view->bytes;
  place.whole = storage.bytes;
  place.offset = record.view->offset;
  std::shared_ptr<const StorageBytes>& view =
      views_[absl::StrFormat("%d %d %s", place.offset, place.size, record.key)];
  if (view == nullptr) view = BytesAt(source_, storage.position + place.offset, place.size);
  place.bytes = view;
  return place;
}

absl::StatusOr<std::string> TorchLegacyFile::Digest() {
  SCONCE_ASSIGN_OR_RETURN(Sha256 digest, Sha256::Start());
  SCONCE_RETURN_IF_ERROR(BytesAt(source_, 0, pickles_end_)->Stream([&](std::string_view piece) {
    return digest.Add(piece);
  }));
  for (const std::string& key : keys_) {
    const Storage& storage = storages_.at(key);
    SCONCE_ASSIGN_OR_RETURN(const uint32_t crc32, storage.bytes->Crc32());
    SCONCE_RETURN_IF_ERROR(digest.Add(absl::StrFormat("%d %08x\n", storage.size, crc32)));
  }
  return digest.Finish();
}

}  // namespace sconce
